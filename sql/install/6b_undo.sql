-- undo: an administrator takes a merge back
--
-- There is no standard message that undoes a merge (A37 undoes a link).  Patient ids never change
-- and nothing was moved, so undoing is cutting the link and saying the two Patients again without
-- it, from the records that made it.

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.undo_merge(warehouse text, survivor text, merged text)
RETURNS bigint
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    undone bigint;
    this_run bigint;
    work record;
    counts _pgclinical.load_counts;
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    PERFORM _pgclinical.take_locks(warehouse, ARRAY[undo_merge.survivor, undo_merge.merged]);
    UPDATE identity_link l SET undone_at = now(), undone_by = current_user
    WHERE l.undone_at IS NULL AND l.rule = 'merge'
      AND l.patient_id = undo_merge.survivor AND l.other = undo_merge.merged;
    GET DIAGNOSTICS undone = ROW_COUNT;
    IF undone = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'there is no merge of these patients that is not undone already';
    END IF;
    PERFORM _pgclinical.resolve_identity(warehouse, ARRAY[undo_merge.survivor, undo_merge.merged]);

    this_run := _pgclinical.begin_run(warehouse, NULL, 1, 'replay');
    FOR work IN
        SELECT s.feed, array_agg(DISTINCT s.record ORDER BY s.record) AS records
        FROM resource_source s
        LEFT JOIN patient p ON p.patient_id = s.patient_id AND p.id = s.id
        WHERE s.resource_type = 'Patient'
          AND s.patient_id IN (undo_merge.survivor, undo_merge.merged)
          AND NOT s.deleted AND coalesce(s.resource, p.resource) ? 'link'
        GROUP BY s.feed ORDER BY s.feed
    LOOP
        counts := _pgclinical.add_counts(
            counts, _pgclinical.load_again(warehouse, this_run, work.feed, work.records));
        PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    END LOOP;
    PERFORM _pgclinical.end_run(warehouse, this_run, counts, NULL);
    RETURN coalesce(counts.records, 0);
END $$;

COMMENT ON FUNCTION pgclinical.undo_merge(text, text, text) IS
'takes back that the patient_id merged was merged into survivor: they are two persons again, and their Patients no longer say otherwise; it stays undone when messages state the merge again; returns how many records were said again; 22023 when there is no such merge';

REVOKE ALL ON FUNCTION pgclinical.undo_merge(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.undo_merge(text, text, text) TO pgclinical_etl;
