-- report sections: what the report says about a warehouse, a function each
--
-- Feeds, files, runs and records appear by their numbers, codes by their system: no name of a
-- file or person, no identifier and no text of a message reaches the page.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_summary(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tiles text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT ARRAY[
        'Records kept', _pgclinical.html_count((SELECT count(*) FROM record)), '',
        'Live resources', _pgclinical.html_count(
            (SELECT count(*) FROM resource) + (SELECT count(*) FROM directory)), '',
        'Persons', _pgclinical.html_count((SELECT count(DISTINCT person_id) FROM identity)), '',
        'Quarantine, open', _pgclinical.html_count(q.open), CASE WHEN q.open > 0 THEN 'warn' ELSE 'good' END,
        'Parked', _pgclinical.html_count(p.waiting), CASE WHEN p.waiting > 0 THEN 'warn' ELSE 'good' END,
        'Last run', coalesce(r.state, 'none'), CASE r.state WHEN 'done' THEN 'good' WHEN 'running' THEN ''
            ELSE 'warn' END]
    INTO tiles
    FROM (SELECT count(*) AS open FROM quarantine WHERE state IN ('open', 'retrying')) q
    CROSS JOIN (SELECT count(*) AS waiting FROM parked) p
    LEFT JOIN (SELECT state FROM run ORDER BY run DESC LIMIT 1) r ON true;
    RETURN (SELECT '<dl class="tiles">' || string_agg(
            format('<div class="%s"><dt>%s</dt><dd>%s</dd></div>', tiles[i + 2],
                   _pgclinical.html(tiles[i]), _pgclinical.html(tiles[i + 1])), '' ORDER BY i)
            || '</dl>' FROM generate_series(1, cardinality(tiles), 3) i);
END $$;

COMMENT ON FUNCTION _pgclinical.report_summary(text) IS
'report: the six numbers an operator looks at first';

REVOKE ALL ON FUNCTION _pgclinical.report_summary(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_summary(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_runs(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    shown constant int := 24;
    labels text[];
    sizes numeric[];
    rates numeric[];
    cells text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    SELECT array_agg('run ' || run ORDER BY run), array_agg(coalesce(rate, 0) ORDER BY run)
        INTO labels, rates FROM (SELECT run, rate FROM run ORDER BY run DESC LIMIT shown) r;
    sizes := ARRAY(
        SELECT u.size FROM (SELECT * FROM run ORDER BY run DESC LIMIT shown) r,
            unnest(ARRAY[r.loaded, r.unchanged, r.quarantined]) WITH ORDINALITY u (size, place)
        ORDER BY r.run, u.place);
    cells := ARRAY(
        SELECT u.cell FROM (SELECT * FROM run ORDER BY run DESC LIMIT shown) r,
            unnest(ARRAY[
                r.run::text, r.kind, r.feed::text, r.state, _pgclinical.html_time(r.started),
                _pgclinical.html_duration(r.ended - r.started),
                _pgclinical.html_count(r.records), _pgclinical.html_count(r.loaded),
                _pgclinical.html_count(r.unchanged), _pgclinical.html_count(r.quarantined),
                _pgclinical.html_count(r.parked), _pgclinical.html_count(r.resumed),
                _pgclinical.html_count(r.resources), _pgclinical.html_count(r.rate),
                _pgclinical.html_duration(r.lag)]) WITH ORDINALITY u (cell, place)
        ORDER BY r.run DESC, u.place);
    RETURN '<div class="pair">' || _pgclinical.svg_columns('runs', 'Records of each run',
            'Records read by the latest runs: loaded, unchanged or quarantined.', 490,
            labels, ARRAY['loaded', 'unchanged', 'quarantined'], ARRAY['s1', 's2', 's3'], sizes)
        || _pgclinical.svg_columns('rates', 'Records a second',
            'How many records a second each of the latest runs read.', 490,
            labels, ARRAY['records a second'], ARRAY['s4'], rates)
        || '</div>' || _pgclinical.html_table('The latest runs, newest first',
            ARRAY['Run#', 'Kind', 'Feed#', 'State', 'Started (UTC)', 'Took#', 'Records#',
                  'Loaded#', 'Unchanged#', 'Quarantined#', 'Parked#', 'Resumed#', 'Resources#',
                  'Records/s#', 'Lag#'], cells);
END $$;

COMMENT ON FUNCTION _pgclinical.report_runs(text) IS
'report: the latest runs, what became of their records, and how fast';

REVOKE ALL ON FUNCTION _pgclinical.report_runs(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_runs(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_volumes(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    labels text[];
    sizes numeric[];
    cells text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    WITH live AS (
        SELECT resource_type, count(*) AS n FROM resource GROUP BY resource_type
        UNION ALL
        SELECT resource_type, count(*) FROM directory GROUP BY resource_type
    ), former AS (
        SELECT resource_type, count(*) AS n FROM resource_history GROUP BY resource_type
    ), gone AS (
        SELECT resource_type, count(*) AS n FROM tombstone GROUP BY resource_type
    ), volume AS (
        SELECT resource_type, coalesce(l.n, 0) AS live, coalesce(f.n, 0) AS former,
               coalesce(g.n, 0) AS gone
        FROM live l FULL JOIN former f USING (resource_type) FULL JOIN gone g USING (resource_type)
    )
    SELECT array_agg(resource_type ORDER BY live DESC, resource_type) FILTER (WHERE live > 0),
           array_agg(live ORDER BY live DESC, resource_type) FILTER (WHERE live > 0),
           ARRAY(SELECT u.cell FROM volume v, unnest(ARRAY[
                    v.resource_type, _pgclinical.html_count(v.live), _pgclinical.html_count(v.former),
                    _pgclinical.html_count(v.gone)]) WITH ORDINALITY u (cell, place)
                 ORDER BY v.live DESC, v.resource_type, u.place)
        INTO labels, sizes, cells FROM volume;
    RETURN '<div class="pair">' || _pgclinical.svg_bars('volumes', 'Live resources by type',
            'One bar a resource type, the most frequent first.', labels, sizes)
        || _pgclinical.html_table('Resources by type',
            ARRAY['Type', 'Live#', 'Earlier versions#', 'Deleted#'], cells) || '</div>';
END $$;

COMMENT ON FUNCTION _pgclinical.report_volumes(text) IS
'report: live resources, earlier versions and deletions by type';

REVOKE ALL ON FUNCTION _pgclinical.report_volumes(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_volumes(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_events(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    oldest timestamp;
    newest timestamp;
    step text;
    shape text;
    labels text[];
    sizes numeric[];
    cells text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    -- The span that most of the events fall into: a mistyped century must not flatten the chart.
    SELECT percentile_disc(0.01) WITHIN GROUP (ORDER BY event_time) AT TIME ZONE 'UTC',
           percentile_disc(0.99) WITHIN GROUP (ORDER BY event_time) AT TIME ZONE 'UTC'
        INTO oldest, newest FROM resource;
    step := CASE WHEN newest - oldest < interval '30 days' THEN 'day'
                 WHEN newest - oldest < interval '210 days' THEN 'week'
                 WHEN newest - oldest < interval '900 days' THEN 'month' ELSE 'year' END;
    shape := CASE step WHEN 'month' THEN 'YYYY-MM' WHEN 'year' THEN 'YYYY' ELSE 'MM-DD' END;
    oldest := greatest(date_trunc(step, oldest),
                       date_trunc(step, newest) - 35 * ('1 ' || step)::interval);
    WITH tally AS (
        SELECT date_trunc(step, event_time AT TIME ZONE 'UTC') AS start,
               count(*) FILTER (WHERE resource_type = 'Observation') AS observations,
               count(*) FILTER (WHERE resource_type = 'Encounter') AS encounters,
               count(*) FILTER (WHERE resource_type NOT IN ('Observation', 'Encounter')) AS others
        FROM resource GROUP BY 1
    ), axis AS (
        SELECT s.start, coalesce(t.observations, 0) AS observations,
               coalesce(t.encounters, 0) AS encounters, coalesce(t.others, 0) AS others
        FROM generate_series(oldest, date_trunc(step, newest), ('1 ' || step)::interval) s (start)
        LEFT JOIN tally t USING (start)
    )
    SELECT array_agg(to_char(start, shape) ORDER BY start),
           ARRAY(SELECT u.size FROM axis a, unnest(ARRAY[a.observations, a.encounters, a.others])
                     WITH ORDINALITY u (size, place) ORDER BY a.start, u.place),
           ARRAY(SELECT u.cell FROM axis a, unnest(ARRAY[
                     to_char(a.start, 'YYYY-MM-DD'), _pgclinical.html_count(a.observations),
                     _pgclinical.html_count(a.encounters), _pgclinical.html_count(a.others)])
                     WITH ORDINALITY u (cell, place) ORDER BY a.start DESC, u.place)
        INTO labels, sizes, cells FROM axis;
    RETURN _pgclinical.svg_columns('events', 'Live resources by the time of their latest event',
            format('Resources a %s: observations, encounters and all others.', step), 1030,
            labels, ARRAY['observations', 'encounters', 'others'], ARRAY['s1', 's4', 's2'], sizes)
        || '<details><summary>These numbers as a table</summary>'
        || _pgclinical.html_table(format('Live resources by %s of their latest event', step),
            ARRAY['From', 'Observations#', 'Encounters#', 'Others#'], cells) || '</details>';
END $$;

COMMENT ON FUNCTION _pgclinical.report_events(text) IS
'report: live resources by day, week, month or year of their latest event, whichever suits the span';

REVOKE ALL ON FUNCTION _pgclinical.report_events(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_events(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_quarantine(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    labels text[];
    sizes numeric[];
    cells text[];
    waiting text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    WITH tally AS (
        SELECT reason, count(*) FILTER (WHERE state IN ('open', 'retrying')) AS open,
               count(*) FILTER (WHERE state = 'resolved') AS resolved,
               count(*) FILTER (WHERE state = 'discarded') AS discarded,
               min(first_seen) FILTER (WHERE state IN ('open', 'retrying')) AS since
        FROM quarantine GROUP BY reason
    )
    SELECT array_agg(reason ORDER BY open DESC, reason) FILTER (WHERE open > 0),
           array_agg(open ORDER BY open DESC, reason) FILTER (WHERE open > 0),
           ARRAY(SELECT u.cell FROM tally t, unnest(ARRAY[
                     t.reason, _pgclinical.html_count(t.open), _pgclinical.html_count(t.resolved),
                     _pgclinical.html_count(t.discarded), _pgclinical.html_duration(now() - t.since)])
                     WITH ORDINALITY u (cell, place) ORDER BY t.open DESC, t.reason, u.place)
        INTO labels, sizes, cells FROM tally;
    waiting := ARRAY(
        SELECT u.cell FROM (
            SELECT resource_type, split_part(missing, '/', 1) AS parent, count(*) AS n,
                   min(parked_at) AS since FROM parked GROUP BY 1, 2) p,
            unnest(ARRAY[p.resource_type, p.parent, _pgclinical.html_count(p.n),
                         _pgclinical.html_duration(now() - p.since)]) WITH ORDINALITY u (cell, place)
        ORDER BY p.n DESC, p.resource_type, p.parent, u.place);
    RETURN '<div class="pair">' || _pgclinical.svg_bars('quarantine', 'Open quarantine entries by reason',
            'One bar a reason, the most frequent first.', labels, sizes, 's3')
        || _pgclinical.html_table('Quarantine by reason',
            ARRAY['Reason', 'Open#', 'Resolved#', 'Discarded#', 'Oldest open#'], cells)
        || '</div>' || _pgclinical.html_table('Parked statements, waiting for a parent',
            ARRAY['Type', 'Waits for', 'Statements#', 'Oldest#'], waiting);
END $$;

COMMENT ON FUNCTION _pgclinical.report_quarantine(text) IS
'report: records that could not be used, by reason, and statements that wait for a parent';

REVOKE ALL ON FUNCTION _pgclinical.report_quarantine(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_quarantine(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_feeds(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cells text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    cells := ARRAY(
        SELECT u.cell FROM feed d
        LEFT JOIN LATERAL (
            SELECT count(*) AS files, count(*) FILTER (WHERE state = 'ready') AS ready,
                   count(*) FILTER (WHERE state = 'missing') AS missing, sum(size) AS bytes,
                   sum(records) AS records
            FROM file f WHERE f.feed = d.feed) f ON true
        LEFT JOIN LATERAL (
            SELECT max(ended) AS ended FROM run r WHERE r.feed = d.feed AND r.state = 'done') r ON true,
            unnest(ARRAY[
                d.feed::text, d.format, _pgclinical.html_count(f.files),
                _pgclinical.html_count(f.ready), _pgclinical.html_count(f.missing),
                _pgclinical.html_count(coalesce(f.bytes, 0)),
                _pgclinical.html_count(coalesce(f.records, 0)), _pgclinical.html_time(r.ended)])
                WITH ORDINALITY u (cell, place)
        ORDER BY d.feed, u.place);
    RETURN _pgclinical.html_table('Feeds, by number',
        ARRAY['Feed#', 'Format', 'Files#', 'Not read to the end#', 'Missing since#', 'Bytes#',
              'Records#', 'Last success (UTC)'], cells);
END $$;

COMMENT ON FUNCTION _pgclinical.report_feeds(text) IS
'report: feeds by number with their files and records';

REVOKE ALL ON FUNCTION _pgclinical.report_feeds(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_feeds(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_issues(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    cells text[];
    codes text[];
BEGIN
    PERFORM set_config('search_path', _pgclinical.warehouse_path(warehouse), true);
    -- The name of a segment is the message's own text unless it looks like one.
    cells := ARRAY(
        SELECT u.cell FROM (
            SELECT severity, format_code, count(*) AS n, count(DISTINCT record) AS records,
                   CASE WHEN location ~ '^[A-Z][A-Z0-9]{2}(-[0-9]+)?$' THEN location END AS location
            FROM issue GROUP BY 1, 2, 5) i,
            unnest(ARRAY[i.severity, i.format_code, i.location, _pgclinical.html_count(i.n),
                         _pgclinical.html_count(i.records)]) WITH ORDINALITY u (cell, place)
        ORDER BY i.n DESC, i.severity, i.format_code, i.location, u.place LIMIT 5 * 40);
    -- Local codes are the source's own text: only their system is named, when it is an address.
    codes := ARRAY(
        SELECT u.cell FROM (
            SELECT r.resource_type,
                   CASE WHEN c.coding ->> 'system' ~ '^(https?://[a-z0-9./-]+|urn:oid:[0-9.]+)$'
                        THEN c.coding ->> 'system' ELSE 'local' END AS system,
                   count(*) AS uses, count(DISTINCT c.coding ->> 'code') AS distinct_codes
            FROM resource r
            CROSS JOIN LATERAL jsonb_path_query(r.resource, '$.code.coding[*]') c (coding)
            WHERE r.resource_type IN ('Observation', 'Condition', 'AllergyIntolerance',
                                      'DiagnosticReport', 'ServiceRequest', 'Procedure')
            GROUP BY 1, 2) s,
            unnest(ARRAY[s.resource_type, s.system, _pgclinical.html_count(s.distinct_codes),
                         _pgclinical.html_count(s.uses)]) WITH ORDINALITY u (cell, place)
        ORDER BY s.uses DESC, s.resource_type, s.system, u.place LIMIT 4 * 40);
    RETURN '<div class="pair">'
        || _pgclinical.html_table('Findings about records that were used all the same',
            ARRAY['Severity', 'Finding', 'Place', 'Findings#', 'Records#'], cells)
        || _pgclinical.html_table('Code systems in use',
            ARRAY['Type', 'System', 'Codes#', 'Uses#'], codes) || '</div>';
END $$;

COMMENT ON FUNCTION _pgclinical.report_issues(text) IS
'report: issues by code, and the code systems of resources with the number of their codes';

REVOKE ALL ON FUNCTION _pgclinical.report_issues(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_issues(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_audit(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    checks text[];
    acts text[];
BEGIN
    IF NOT pg_has_role(current_user, 'pgclinical_auditor', 'USAGE') THEN
        RETURN '<p class="none">Only members of pgclinical_auditor read the audit trail; this report '
            'was made by a role that is none.</p>';
    END IF;
    checks := ARRAY(
        SELECT u.cell FROM pgclinical.verify_audit(warehouse) WITH ORDINALITY
                v (item, state, event, detail, line),
            unnest(ARRAY[v.item, v.state, v.event::text, v.detail]) WITH ORDINALITY u (cell, place)
        ORDER BY v.line, u.place LIMIT 4 * 40);
    acts := ARRAY(
        SELECT u.cell FROM (
            SELECT coalesce(e.rel, 'the warehouse') AS rel,
                   count(*) AS events, sum(e.rows) FILTER (WHERE e.kind = 'insert') AS inserted,
                   sum(e.rows) FILTER (WHERE e.kind = 'update') AS updated,
                   sum(e.rows) FILTER (WHERE e.kind = 'delete') AS deleted, max(e.at) AS latest
            FROM pgclinical_audit.event e WHERE e.warehouse = report_audit.warehouse GROUP BY 1) t,
            unnest(ARRAY[
                t.rel, _pgclinical.html_count(t.events), _pgclinical.html_count(t.inserted),
                _pgclinical.html_count(t.updated), _pgclinical.html_count(t.deleted),
                _pgclinical.html_time(t.latest)]) WITH ORDINALITY u (cell, place)
        ORDER BY t.events DESC, t.rel, u.place);
    RETURN _pgclinical.html_table('What verify_audit says',
            ARRAY['Item', 'State', 'Event#', 'Detail'], checks)
        || '<details><summary>Audited changes by table</summary>'
        || _pgclinical.html_table('Audited changes by table',
            ARRAY['Table', 'Events#', 'Rows inserted#', 'Rows updated#', 'Rows deleted#',
                  'Latest (UTC)'], acts) || '</details>';
END $$;

COMMENT ON FUNCTION _pgclinical.report_audit(text) IS
'report: what verify_audit finds and the audited changes by table; says so when the caller is no member of pgclinical_auditor';

REVOKE ALL ON FUNCTION _pgclinical.report_audit(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_audit(text) TO pgclinical_etl, pgclinical_auditor;
