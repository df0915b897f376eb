-- suggest labels: what names, types and a few rows of a table hint at; a person decides

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.suggest_labels(
    relation regclass, OUT column_name text, OUT type text, OUT label text, OUT because text
)
RETURNS SETOF record
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000 ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    c record;
    named text;
    seen bigint;
    hits bigint[];
BEGIN
    FOR c IN SELECT x.name, x.kind, lower(x.name) AS lower
        FROM _pgclinical.table_columns(relation, 'safe_harbor') x ORDER BY x.attnum
    LOOP
        column_name := c.name;
        type := c.kind;
        -- By name, the first that fits: what identifies before what describes.
        SELECT d.label INTO named
        FROM (VALUES (1, 'ssn|social_?sec', '^(text|integer)$', 'action=remove category=ssn'),
            (2, '(^|_)(mrn|medical_record|(patient|person|pat)_?(id|no|num|number|key))(_|$)', '^(text|integer|number|uuid)$',
             'action=code domain=Patient'),
            (3, '(^|_)(visit|encounter|admission|csn)(_?(id|no|num|number|key))?$', '^(text|integer|number|uuid)$',
             'action=code domain=Encounter'),
            (4, '(^|_)acc(oun)?t(_?(id|no|num|number))?$', '^(text|integer|number|uuid)$', 'action=code domain=Account'),
            (5, 'e_?mail', '^text', 'action=remove category=email'),
            (6, '(^|_)fax', '^text', 'action=remove category=fax'),
            (7, 'phone|mobile|telecom|(^|_)(tel|cell)(_|$)', '^text', 'action=remove category=phone'),
            (8, '(^|_)(url|web|site|homepage)(_|$)', '^text', 'action=remove category=url'),
            (9, '(^|_)ip(_?addr(ess)?)?$', '^(text|other)', 'action=remove category=ip'),
            (10, 'zip|postal|post_?code', '^text$', 'action=zip3'),
            (11, 'zip|postal|post_?code', '^integer$', 'action=zip3 left_pad=true'),
            (12, 'street|addr|(^|_)line_?[1-3]?$', '^text', 'action=remove category=street'),
            (13, '(^|_)(city|town|county|district|parish)(_|$)', '^text', 'action=remove category=geography'),
            (14, '(^|_)(state|province)(_|$)', '^text', 'action=keep list=state'),
            (15, 'country', '^text', 'action=keep list=country'),
            (16, 'name|surname|family|maiden|alias|(^|_)(given|first|last|middle)(_|$)', '^text', 'action=remove category=name'),
            (17, 'birth|(^|_)dob(_|$)|born', '^(date|timestamp|timestamptz|text|integer)$', 'action=year role=birth'),
            (18, 'death|died|deceased|(^|_)dod(_|$)', '^(date|timestamp|timestamptz|text|integer)$', 'action=year role=death'),
            (19, '(^|_)age(_|$)', '^(integer|number)$', 'action=age_cap'),
            (20, 'note|comment|narrative|remark|free_?text|report|description|impression', '^text$', 'format=text'))
            AS d(n, pattern, kinds, label)
        WHERE c.lower ~ d.pattern AND c.kind ~ d.kinds ORDER BY d.n LIMIT 1;
        IF named IS NOT NULL THEN
            label := named;
            because := 'its name';
            RETURN NEXT;
            CONTINUE;
        END IF;
        because := 'its type';
        label := CASE
            WHEN c.kind ~ '^(date|timestamp|timestamptz)' THEN 'action=year'
            WHEN c.kind ~ '^(boolean|integer|number|interval|enumeration)' THEN 'action=keep'
            WHEN c.kind = 'uuid' THEN format('action=code domain=%s', coalesce(nullif(
                regexp_replace(c.name, '[^A-Za-z0-9_]', '', 'g'), ''), 'Key'))
            WHEN c.kind = 'hl7v2' THEN 'format=hl7v2'
            ELSE 'action=remove' END;
        -- By a few rows: what nine of ten say.
        IF c.kind IN ('text', 'json', 'xml') THEN
            EXECUTE format($q$SELECT count(*), ARRAY[
                    count(*) FILTER (WHERE v ~ '^MSH[^A-Za-z0-9\s]'), count(*) FILTER (WHERE v ~ '^ISA[^A-Za-z0-9\s]'),
                    count(*) FILTER (WHERE v ~ '"resourceType"\s*:'), count(*) FILTER (WHERE v ~ '<([A-Za-z0-9]+:)?ClinicalDocument[\s>]'),
                    count(*) FILTER (WHERE v ~ '^[^@\s]+@[^@\s]+\.[A-Za-z]+$'), count(*) FILTER (WHERE v ~ '^\d{3}-\d{2}-\d{4}$'),
                    count(*) FILTER (WHERE v ~ '^\+?[\d(][\d() .-]{8,18}\d$'), count(*) FILTER (WHERE @extschema@.deid_year(v) IS NOT NULL
                        AND length(v) >= 6),
                    count(*) FILTER (WHERE @extschema@.deid_public_code(v, 'http://loinc.org') IS NOT NULL),
                    count(*) FILTER (WHERE length(v) > 60 AND v ~ '\s')]
                FROM (SELECT t.%I::text AS v FROM %s t WHERE t.%1$I IS NOT NULL LIMIT 1000) s$q$, c.name, relation)
            INTO seen, hits;
            SELECT d.label, format('%s of %s values', hits[d.n], seen) INTO named, because
            FROM (VALUES (1, 'format=hl7v2'), (2, 'format=x12'), (3, 'format=fhir'), (4, 'format=ccda'),
                (5, 'action=remove category=email'), (6, 'action=remove category=ssn'), (7, 'action=remove category=phone'),
                (8, 'action=year'), (9, 'action=keep system=http://loinc.org'), (10, 'format=text')) AS d(n, label)
            WHERE seen > 0 AND hits[d.n] >= seen * CASE d.n WHEN 10 THEN 0.1 ELSE 0.9 END
              AND (c.kind = 'text' OR d.n = CASE c.kind WHEN 'json' THEN 3 ELSE 4 END)
            ORDER BY d.n = 7, d.n LIMIT 1;  -- a date looks like a telephone number
            label := coalesce(named, label);
            because := coalesce(because, 'its type');
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;

COMMENT ON FUNCTION pgclinical.suggest_labels(regclass) IS
'for every column of a table a label to begin with, by its name, its type, or the shape of up to 1,000 values (which it never shows): a proposal, for a person to judge, that keeps no text but public codes; NULL for NULL; the caller needs SELECT on the table';

REVOKE ALL ON FUNCTION pgclinical.suggest_labels(regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.suggest_labels(regclass) TO pgclinical_etl, pgclinical_releaser;
