-- release evidence: one self-contained HTML page about what was published, and on which grounds

-- What the page is made of is escaped by html() and html_table(), whoever looks.
GRANT EXECUTE ON FUNCTION _pgclinical.html(text), _pgclinical.html_count(numeric),
    _pgclinical.html_time(timestamptz), _pgclinical.html_table(text, text[], text[]),
    _pgclinical.report_style() TO pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.evidence_section(title text, why text, body text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.concat('<section><h2>', _pgclinical.html(title), '</h2><p class="why">',
    _pgclinical.html(why), '</p>', body, '</section>', E'\n');

COMMENT ON FUNCTION _pgclinical.evidence_section(text, text, text) IS
'a section of the page: title and reason escaped, body as it is';

REVOKE ALL ON FUNCTION _pgclinical.evidence_section(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.evidence_section(text, text, text)
TO pgclinical_releaser, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.release_evidence(
    warehouse text, target text, manifest bigint DEFAULT NULL
)
RETURNS text
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    m record;
    title text;
    page text;
BEGIN
    -- Auditors see the pages of all warehouses, also of those that are no more.
    IF NOT pg_has_role('pgclinical_auditor', 'USAGE')
       AND coalesce(has_schema_privilege(to_regnamespace(quote_ident(warehouse)), 'USAGE'), false)
           IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'permission denied for the releases of this warehouse';
    END IF;
    SELECT x.*, p.warehouse, p.target, p.recipient, p.project AS number,
           a.who AS attested_by, a.at AS attested_at, a.statement
    INTO m
    FROM pgclinical_crosswalk.manifest x
        JOIN pgclinical_crosswalk.project p USING (project)
        JOIN pgclinical_crosswalk.attestation a USING (attestation)
    WHERE p.warehouse = $1 AND p.target = $2 AND ($3 IS NULL OR x.manifest = $3)
    ORDER BY x.manifest DESC LIMIT 1;
    IF m.manifest IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'there is no such release';
    END IF;
    title := format('Release %s of %s to %s', m.manifest, m.warehouse, m.target);
    page := '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><title>' || _pgclinical.html(title)
        || '</title><style>' || _pgclinical.report_style() || '</style></head><body><header><h1>'
        || _pgclinical.html(title) || '</h1><p class="sub">' || _pgclinical.html_time(m.released_at)
        || ' UTC by ' || _pgclinical.html(m.who) || '</p></header><main>' || E'\n';
    IF m.retracted_at IS NOT NULL THEN
        page := page || _pgclinical.evidence_section('Retracted',
            'The tables were withdrawn. What was read or copied before cannot be called back.',
            _pgclinical.html_table('Retraction', '{When (UTC),Who,Why}', ARRAY[
                _pgclinical.html_time(m.retracted_at), m.retracted_by::text, m.retracted_for]));
    END IF;

    page := page || _pgclinical.evidence_section('Policy',
        'Which transformations were applied. Whether the copy is de-identified in the sense of 45 CFR'
        ' 164.514 is for a person to say; this page does not.',
        _pgclinical.html_table('Policy', '{What,Value}', ARRAY[
            'Policy', m.policy, 'SHA-256 of its rules and of the engine', m.policy_hash,
            'Reference date (who is over 89)', m.reference_date::text,
            'Recipient', coalesce(m.recipient::text, 'none named'),
            'Project (its codes are its own)', m.number::text,
            'Text scrubbed by software, not removed',
            coalesce(nullif(array_to_string(m.scrubbed, ', '), ''), 'none')])
        || _pgclinical.html_table('Attestation', '{Who,When (UTC),Statement}', ARRAY[
            m.attested_by::text, _pgclinical.html_time(m.attested_at), m.statement]));

    page := page || _pgclinical.evidence_section('What was published',
        'Rows by resource type, or by table.',
        _pgclinical.html_table('Rows', '{Of,Rows#}', ARRAY(
            SELECT v FROM (
                SELECT c.k, c.n FROM jsonb_each(m.counts) AS c(k, n) WHERE jsonb_typeof(c.n) = 'number'
                UNION ALL
                SELECT t.k, t.n -> 'rows' FROM jsonb_each(m.counts) AS c(k, n), jsonb_each(c.n) AS t(k, n)
                WHERE c.k = '(tables)') AS c(k, n),
                LATERAL (VALUES (1, k), (2, _pgclinical.html_count(n::numeric))) AS x(i, v)
            ORDER BY k COLLATE "C", i)));

    page := page || _pgclinical.evidence_section('What was done to each element',
        'Counted from what went in and what came out, not from what the rules say: values kept as they'
        ' were, changed, removed, added. A name that FHIR does not know shows as *.',
        _pgclinical.html_table('Elements', '{Element,Kept#,Changed#,Removed#,Added#}', ARRAY(
            SELECT v FROM jsonb_each(m.actions) AS a(path, n),
                LATERAL (VALUES (1, path),
                    (2, _pgclinical.html_count(coalesce((n -> 'kept')::numeric, 0))),
                    (3, _pgclinical.html_count(coalesce((n -> 'changed')::numeric, 0))),
                    (4, _pgclinical.html_count(coalesce((n -> 'removed')::numeric, 0))),
                    (5, _pgclinical.html_count(coalesce((n -> 'added')::numeric, 0)))) AS x(i, v)
            ORDER BY path COLLATE "C", i)));

    page := page || _pgclinical.evidence_section('What was searched for, and found',
        'Before it was published, identifiers read again from every raw record (names, addresses,'
        ' telecom, numbers, dates of more than a year, as 45 CFR 164.514(b)(2)(i) lists them) and the'
        ' ids that the warehouse made were searched in every column, key, number and string of the'
        ' copy; planted identifiers of every category were found, or nothing would have been'
        ' published. Not searched: names inside longer words, single letters, numbers of up to three'
        ' digits, what pictures show. Places and counts only.',
        _pgclinical.html_table('Findings', '{Severity,Category,Relation,Path,Findings#,Signature}',
            ARRAY(
            SELECT v FROM jsonb_array_elements(m.leak_check) WITH ORDINALITY AS e(l, n),
                LATERAL (VALUES (1, l ->> 'severity'), (2, l ->> 'category'), (3, l ->> 'relation'),
                    (4, l ->> 'path'), (5, _pgclinical.html_count((l -> 'findings')::numeric)),
                    (6, coalesce(l ->> 'signed', 'none'))) AS x(i, v)
            ORDER BY n, i)));

    page := page || _pgclinical.evidence_section('Who stands out',
        'Persons marked as VIP, persons alone with their birth year, sex and place, and what this'
        ' release and the project''s earlier one tell together.',
        _pgclinical.html_table('Hints', '{Hint,Persons#}', ARRAY(
            SELECT v FROM (
                SELECT h.k, h.n FROM jsonb_each(m.hints - 'against') AS h(k, n)
                UNION ALL
                SELECT 'against the earlier release: ' || replace(h.k, '_', ' '), h.n
                FROM jsonb_each(coalesce(m.hints -> 'against', '{}')) AS h(k, n)) AS h(k, n),
                LATERAL (VALUES (1, k), (2, _pgclinical.html_count(n::numeric))) AS x(i, v)
            ORDER BY k COLLATE "C", i))
        || _pgclinical.html_table('Signatures', '{Number#,Category,Relation,Path,Up to#,Reason,Who,When (UTC)}',
            ARRAY(
            SELECT v FROM pgclinical_crosswalk.signature s,
                LATERAL (VALUES (1, s.signature::text), (2, s.category), (3, s.relation), (4, s.path),
                    (5, _pgclinical.html_count(s.findings)), (6, s.reason), (7, s.who::text),
                    (8, _pgclinical.html_time(s.at))) AS x(i, v)
            WHERE s.signature = ANY (m.signatures) ORDER BY s.signature, i)));
    RETURN page || '</main><footer>Written by pgclinical from the manifest. It holds nothing of a patient.'
        '</footer></body></html>' || E'\n';
END $$;

COMMENT ON FUNCTION pgclinical.release_evidence(text, text, bigint) IS
'one self-contained HTML page about a release (the latest when no manifest is named): policy and its hash, attestation, rows by type, what was done to each element, what was searched and found, who stands out, signatures, retraction; every value escaped, nothing of a patient in it; 22023 when there is no such release, 42501 without USAGE on the warehouse''s schema or membership in pgclinical_auditor';

REVOKE ALL ON FUNCTION pgclinical.release_evidence(text, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.release_evidence(text, text, bigint)
TO pgclinical_releaser, pgclinical_auditor;
