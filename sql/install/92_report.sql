-- report: one self-contained HTML page about a warehouse

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.report_style()
RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
RETURN ':root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#56616f;'
    '--line:#dfe3e8;--grid:#e8ebef;--s1:#2f6fba;--s2:#9fb4c9;--s3:#c2571a;--s4:#2a8c82;--good:#1c7c4d;--warn:#b3460e}'
    '@media(prefers-color-scheme:dark){:root{--page:#11161c;--card:#1a212a;--ink:#e8edf2;'
    '--soft:#a3afbc;--line:#303a46;--grid:#28313c;--s1:#5b9be6;--s2:#62798f;--s3:#e58a4c;--s4:#4fb9ad;'
    '--good:#56c48d;--warn:#f0a06a}}'
    '*{box-sizing:border-box}body{margin:0;background:var(--page);color:var(--ink);'
    'font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}'
    'header,main,footer{max-width:1240px;margin:0 auto;padding:0 24px}'
    'header{padding-top:36px}h1{font-size:28px;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}'
    'h2{font-size:18px;margin:0 0 2px}.sub,.why{color:var(--soft);margin:0 0 16px}'
    'section{background:var(--card);border:1px solid var(--line);border-radius:10px;'
    'padding:20px 24px;margin:0 0 20px}'
    'nav{margin:14px 0 20px}nav a{color:var(--s1);margin-right:16px;white-space:nowrap}'
    'a:focus-visible,summary:focus-visible,.scroll:focus-visible{outline:3px solid var(--s1);'
    'outline-offset:2px;border-radius:4px}'
    '.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:0 0 20px}'
    '.tiles div{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:12px 16px}'
    '.tiles dt{color:var(--soft);font-size:13px}.tiles dd{margin:0;font-size:26px;font-weight:600;'
    'line-height:1.25;font-variant-numeric:tabular-nums}'
    '.good dd{color:var(--good)}.warn dd{color:var(--warn)}'
    '.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:4px 40px}'
    '.pair>*{min-width:0}figure{margin:0 0 10px}.scroll{overflow-x:auto}'
    'svg[role=img]{display:block;width:100%;height:auto}.wide svg[role=img]{min-width:640px}'
    '.s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}.s4{fill:var(--s4)}.g{stroke:var(--grid)}'
    'svg text{fill:var(--ink);font-size:13px}svg .a{fill:var(--soft);font-size:12px}svg .v{font-size:12px;'
    'font-variant-numeric:tabular-nums}'
    '.legend{display:flex;gap:18px;list-style:none;padding:0;margin:6px 0 2px;font-size:13px}'
    '.legend svg{width:12px;height:12px;margin-right:6px;vertical-align:-1px}'
    'figcaption,caption{font-size:14px;font-weight:600;padding:4px 0 6px}'
    'table{border-collapse:collapse;width:100%;font-size:13px;margin:0 0 12px}'
    'caption{text-align:left}'
    'th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line)}'
    'th,td{padding:5px 0 5px 11px;white-space:nowrap;vertical-align:top}'
    'th:first-child,td:first-child{padding-left:0}'
    'tbody tr+tr td{border-top:1px solid var(--grid)}'
    '.n{text-align:right;font-variant-numeric:tabular-nums}'
    '.none{color:var(--soft)}details summary{cursor:pointer;color:var(--s1);margin:2px 0 8px}'
    'footer{color:var(--soft);font-size:13px;padding-bottom:40px}'
    '@media print{section{break-inside:avoid}nav{display:none}}';

COMMENT ON FUNCTION _pgclinical.report_style() IS
'report: the style sheet, light and dark';

REVOKE ALL ON FUNCTION _pgclinical.report_style() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.report_style() TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.report(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    name text := _pgclinical.html(warehouse);
    titles constant text[] := ARRAY[
        'runs', 'Runs',
            'What became of the records of each run, and how fast. A second run over the same '
            'files reads nothing again.',
        'volumes', 'Volumes',
            'What the warehouse holds now, and what it held before.',
        'events', 'Events over time',
            'When the things happened that the records tell of, not when they arrived.',
        'quarantine', 'Quarantine and parked',
            'Records that could not be used are kept and can be replayed; statements whose parent '
            'is missing resume by themselves.',
        'codes', 'Findings and codes',
            'Nothing is dropped for an unknown code: it is loaded with its system and a finding.',
        'feeds', 'Feeds',
            'By number: the names of feeds'' files are in the warehouse, not here.',
        'audit', 'Audit',
            'Every change of clinical tables, written in the same transaction.'];
    sections text[];
    page text;
BEGIN
    PERFORM _pgclinical.warehouse_path(warehouse);
    sections := ARRAY[
        _pgclinical.report_runs(warehouse), _pgclinical.report_volumes(warehouse),
        _pgclinical.report_events(warehouse), _pgclinical.report_quarantine(warehouse),
        _pgclinical.report_issues(warehouse), _pgclinical.report_feeds(warehouse),
        _pgclinical.report_audit(warehouse)];
    page := '<!DOCTYPE html>' || E'\n' || '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>Warehouse ' || name || '</title><style>' || _pgclinical.report_style()
        || '</style></head><body><header><h1>Warehouse ' || name || '</h1><p class="sub">State at '
        || _pgclinical.html_time(now()) || ' UTC, pgclinical '
        || (SELECT extversion FROM pg_extension WHERE extname = 'pgclinical')
        || '. No names of persons or files, no identifiers, no texts of messages.</p><nav aria-label="Sections">'
        || (SELECT string_agg(format('<a href="#%s-section">%s</a>', titles[i], titles[i + 1]), ' '
                ORDER BY i) FROM generate_series(1, cardinality(titles), 3) i)
        || '</nav></header><main>' || _pgclinical.report_summary(warehouse);
    FOR i IN 1 .. cardinality(sections) LOOP
        page := page || format(
            '<section id="%1$s-section" aria-labelledby="%1$s-h"><h2 id="%1$s-h">%2$s</h2>'
            '<p class="why">%3$s</p>%4$s</section>',
            titles[3 * i - 2], titles[3 * i - 1], titles[3 * i], sections[i]);
    END LOOP;
    RETURN page || '</main><footer>Made by <code>pgclinical.report</code> from the warehouse''s own '
        'tables. Times are UTC.</footer></body></html>' || E'\n';
END $$;

COMMENT ON FUNCTION pgclinical.report(text) IS
'one self-contained HTML page about a warehouse: runs, volumes, events over time, quarantine, parked statements, findings and code systems, feeds, audit; charts with tables, no identifiers; NULL for NULL, 3F000 without such a warehouse; needs SELECT on its tables';

REVOKE ALL ON FUNCTION pgclinical.report(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.report(text) TO pgclinical_etl, pgclinical_auditor;
