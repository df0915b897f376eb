-- continuation: messages that were sent in parts (HL7 v2 2.10.2)
--
-- A part ends with DSC, whose DSC-1 is MSH-14 of the next part of the same sender.  Each part is a
-- record like any other and is kept as it came; what is converted is the whole, under the record of
-- the part that makes it whole, whichever that is.  Until then a part that asks for another waits
-- in quarantine (unresolved-reference, continuation).  A last part that comes before the others is
-- found there, too, when it could not be used alone.  DSC-2 = I (interactive) asks for a query and
-- is no fragment.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.part_of(
    message @extschema@.hl7v2, OUT sender text, OUT before text, OUT after text
)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100 ROWS 1
BEGIN ATOMIC
    SELECT pg_catalog.concat_ws('|', @extschema@.hl7v2_raw(message, 'MSH-3'),
                                @extschema@.hl7v2_raw(message, 'MSH-4')),
           @extschema@.hl7v2_raw(message, 'MSH-14'),
           CASE WHEN @extschema@.hl7v2_get(message, 'DSC-2') IS DISTINCT FROM 'I'
                THEN @extschema@.hl7v2_raw(message, 'DSC-1') END
    WHERE @extschema@.hl7v2_raw(message, 'MSH-14') IS NOT NULL
       OR @extschema@.hl7v2_raw(message, 'DSC-1') IS NOT NULL;
END;

COMMENT ON FUNCTION _pgclinical.part_of(@extschema@.hl7v2) IS
'whose part of a message this is, the pointer that leads to it and the one to the next; no row when it is whole, or NULL';

REVOKE ALL ON FUNCTION _pgclinical.part_of(@extschema@.hl7v2) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.part_of(@extschema@.hl7v2) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.find_parts(warehouse text, this_feed bigint)
RETURNS boolean
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    DELETE FROM pg_temp.pgclinical_part;
    INSERT INTO pg_temp.pgclinical_part (record, n, sender, before, after, used, message)
    SELECT f.record, c.n, p.sender, p.before, p.after, false, c.message
    FROM pg_temp.pgclinical_fresh f JOIN pg_temp.pgclinical_cut c USING (n),
         LATERAL _pgclinical.part_of(c.message) p;
    IF NOT FOUND THEN
        RETURN false;
    END IF;

    INSERT INTO pg_temp.pgclinical_part (record, sender, before, after, used, message)
    SELECT w.record, p.sender, p.before, p.after, false, m.message
    FROM (SELECT q.record FROM quarantine q
          WHERE q.feed = this_feed AND q.state = 'open'
            AND (q.format_code = 'continuation' OR q.reason = 'missing-key')
          ORDER BY q.record DESC LIMIT 10000) w
    JOIN record r ON r.record = w.record
    JOIN feed d ON d.feed = this_feed,
         LATERAL _pgclinical.hl7v2_records(r.raw, d.options ->> 'charset') m,
         LATERAL _pgclinical.part_of(m.message) p;
    RETURN true;
END $$;

COMMENT ON FUNCTION _pgclinical.find_parts(text, bigint) IS
'lists the fresh records that are parts of messages in pg_temp.pgclinical_part, and beside them the parts of the feed that wait in quarantine; false when none is fresh';

REVOKE ALL ON FUNCTION _pgclinical.find_parts(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.find_parts(text, bigint) TO pgclinical_etl;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.join_parts(warehouse text, this_feed bigint)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
    begun record;
    further record;
    pointer text;
    chain bigint[];
    target bigint;
    messages @extschema@.hl7v2[];
BEGIN
    IF NOT _pgclinical.find_parts(warehouse, this_feed) THEN
        RETURN;
    END IF;
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);

    FOR begun IN
        SELECT p.* FROM pg_temp.pgclinical_part p
        WHERE p.before IS NULL AND p.after IS NOT NULL ORDER BY p.n NULLS FIRST, p.record
    LOOP
        pointer := begun.after;
        chain := ARRAY[begun.record];
        messages := ARRAY[begun.message];
        target := begun.n;
        WHILE pointer IS NOT NULL LOOP
            -- A sender that uses a pointer twice means the next message behind.
            SELECT p.* INTO further FROM pg_temp.pgclinical_part p
            WHERE p.sender = begun.sender AND p.before = pointer AND NOT p.used
              AND p.record <> ALL (chain)
            ORDER BY p.n > begun.n DESC NULLS LAST, p.n, p.record LIMIT 1;
            EXIT WHEN NOT FOUND;
            pointer := further.after;
            chain := chain || further.record;
            messages := messages || further.message;
            target := coalesce(further.n, target);
        END LOOP;
        CONTINUE WHEN pointer IS NOT NULL OR target IS NULL;

        UPDATE pg_temp.pgclinical_cut c SET message = NULL, unusable = true, part = true
        FROM pg_temp.pgclinical_part p
        WHERE p.record = ANY (chain) AND c.n = p.n AND c.n <> target;
        UPDATE pg_temp.pgclinical_cut c SET message = @extschema@.hl7v2_joined(messages),
            issue = CASE WHEN (c.issue).code IS NOT NULL THEN c.issue
                    ELSE ROW('information', 'informational', 'continuation', 'DSC-1', NULL,
                             format('put together from %s messages', cardinality(chain)))
                         ::@extschema@.clinical_issue END
        WHERE c.n = target;
        UPDATE pg_temp.pgclinical_part p SET used = true WHERE p.record = ANY (chain);
        UPDATE quarantine q SET state = 'resolved', attempts = q.attempts + 1, last_tried = now(),
            ended = now(), ended_by = current_user
        WHERE q.record = ANY (chain) AND q.state = 'open';
    END LOOP;

    UPDATE pg_temp.pgclinical_cut c SET message = NULL, unusable = true,
        issue = ROW('error', 'unresolved-reference', 'continuation', 'DSC-1', NULL,
                    'a part of a message of which another part has not come')
                ::@extschema@.clinical_issue
    FROM pg_temp.pgclinical_part p
    WHERE c.n = p.n AND p.after IS NOT NULL AND NOT p.used;
END $$;

COMMENT ON FUNCTION _pgclinical.join_parts(text, bigint) IS
'puts the messages together whose parts are all there, in pg_temp.pgclinical_cut: the whole stands at one of its fresh records; parts that ask for more have no message but an issue';

REVOKE ALL ON FUNCTION _pgclinical.join_parts(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.join_parts(text, bigint) TO pgclinical_etl;
