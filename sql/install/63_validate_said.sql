-- validate_said: what is wrong with the resources of a batch, as issues
--
-- Nothing is lost to a finding: a resource with errors is loaded all the same, unless the feed says
-- that its records then go to quarantine (option validation: report, refuse, off).

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.validate_said(policy text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF policy = 'off' THEN
        RETURN;
    END IF;
    -- The place names the resource by its number in the warehouse, never by its source's words.
    -- That a resource should have a narrative (dom-6) is said of whole exports, and means nothing.
    INSERT INTO pg_temp.pgclinical_said (record, ordinal, feed, kind, patient_id, parents, issue)
    SELECT s.record, s.ordinal, s.feed, 'issue', '', '{}',
           ROW(i.severity, i.code, i.format_code, s.resource_type || '/' || s.id, i.expression,
               i.message)::@extschema@.clinical_issue
    FROM pg_temp.pgclinical_said s, LATERAL @extschema@.fhir_issues(s.resource) i
    WHERE s.kind = 'resource' AND i.format_code IS DISTINCT FROM 'dom-6';
    IF policy = 'refuse' THEN
        INSERT INTO pg_temp.pgclinical_said (record, ordinal, feed, kind, patient_id, parents, issue)
        SELECT DISTINCT ON (s.record) s.record, s.ordinal, s.feed, 'refused', '', '{}'::text[],
               ROW('error', 'validation-error', (s.issue).format_code, (s.issue).location,
                   (s.issue).expression, (s.issue).message)::@extschema@.clinical_issue
        FROM pg_temp.pgclinical_said s
        WHERE s.kind = 'issue' AND (s.issue).severity IN ('error', 'fatal')
        ORDER BY s.record, s.ordinal, (s.issue).expression;
    END IF;
END $$;

COMMENT ON FUNCTION _pgclinical.validate_said(text) IS
'adds what fhir_issues finds in the resources of pg_temp.pgclinical_said as issues; policy refuse: records with an error are refused as validation-error, off: nothing is looked at';

REVOKE ALL ON FUNCTION _pgclinical.validate_said(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.validate_said(text) TO pgclinical_etl;
