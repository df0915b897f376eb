-- report parts: the little HTML and SVG that the report is made of
--
-- Everything that reaches the page goes through html(); charts carry title and desc, and the page
-- shows each chart's numbers in a table as well.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.html(value text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
    value, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;');

COMMENT ON FUNCTION _pgclinical.html(text) IS
'text with the five characters escaped that mean something in HTML; NULL for NULL';

REVOKE ALL ON FUNCTION _pgclinical.html(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.html(text) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.html_count(value numeric)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.to_char(pg_catalog.round(value), 'FM999,999,999,999,990');

COMMENT ON FUNCTION _pgclinical.html_count(numeric) IS
'a whole number with thousands separated by commas, whatever the session''s locale';

REVOKE ALL ON FUNCTION _pgclinical.html_count(numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.html_count(numeric) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.html_tick(value numeric)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE
        WHEN value >= 1e9 THEN rtrim(to_char(value / 1e9, 'FM999,990.99'), '.') || 'G'
        WHEN value >= 1e6 THEN rtrim(to_char(value / 1e6, 'FM999,990.99'), '.') || 'M'
        ELSE _pgclinical.html_count(value) END;
END;

COMMENT ON FUNCTION _pgclinical.html_tick(numeric) IS
'a number of an axis, with M for millions and G for thousands of them, that it fits beside the plot';

REVOKE ALL ON FUNCTION _pgclinical.html_tick(numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.html_tick(numeric) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.html_time(value timestamptz)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.to_char(pg_catalog.timezone('UTC', value), 'YYYY-MM-DD HH24:MI:SS');

COMMENT ON FUNCTION _pgclinical.html_time(timestamptz) IS
'a time in UTC to the second, whatever the session''s time zone';

REVOKE ALL ON FUNCTION _pgclinical.html_time(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.html_time(timestamptz) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.html_duration(value interval)
RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    seconds numeric := extract(epoch FROM value);
BEGIN
    RETURN CASE
        WHEN seconds < 10 THEN round(seconds, 2) || ' s'
        WHEN seconds < 120 THEN round(seconds) || ' s'
        WHEN seconds < 7200 THEN round(seconds / 60) || ' min'
        WHEN seconds < 172800 THEN round(seconds / 3600) || ' h'
        ELSE _pgclinical.html_count(seconds / 86400) || ' days'
    END;
END $$;

COMMENT ON FUNCTION _pgclinical.html_duration(interval) IS
'a duration in its largest fitting unit';

REVOKE ALL ON FUNCTION _pgclinical.html_duration(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.html_duration(interval) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.html_table(caption text, columns text[], cells text[])
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    width int := cardinality(columns);
    page text;
    value text;
BEGIN
    IF coalesce(cardinality(cells), 0) = 0 THEN
        RETURN '<p class="none">' || _pgclinical.html(caption) || ': none.</p>';
    END IF;
    -- A column whose name ends in # is of numbers.
    SELECT string_agg('<th scope="col"' || CASE WHEN c LIKE '%#' THEN ' class="n"' ELSE '' END || '>'
            || _pgclinical.html(rtrim(c, '#')) || '</th>', '' ORDER BY i)
        INTO page FROM unnest(columns) WITH ORDINALITY u (c, i);
    page := '<div class="scroll" tabindex="0" role="region" aria-label="' || _pgclinical.html(caption)
        || '"><table><caption>' || _pgclinical.html(caption) || '</caption><thead><tr>' || page
        || '</tr></thead><tbody>';
    FOR i IN 1 .. cardinality(cells) LOOP
        value := coalesce(_pgclinical.html(cells[i]), '');
        page := page || CASE WHEN i % width = 1 OR width = 1 THEN '<tr>' ELSE '' END
            || CASE WHEN columns[(i - 1) % width + 1] LIKE '%#' THEN '<td class="n">' ELSE '<td>' END
            || value || '</td>' || CASE WHEN i % width = 0 THEN E'</tr>\n' ELSE '' END;
    END LOOP;
    RETURN page || '</tbody></table></div>';
END $$;

COMMENT ON FUNCTION _pgclinical.html_table(text, text[], text[]) IS
'an HTML table of escaped cells, given row after row; columns whose name ends in # are aligned as numbers; says "none" without rows';

REVOKE ALL ON FUNCTION _pgclinical.html_table(text, text[], text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.html_table(text, text[], text[])
TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.chart_ceiling(value numeric)
RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    power numeric;
BEGIN
    IF value <= 4 THEN
        RETURN 4;
    END IF;
    power := pg_catalog.power(10::numeric, floor(log(value)));
    RETURN (SELECT min(step * power) FROM unnest(ARRAY[1, 1.2, 1.6, 2, 3, 4, 5, 6, 8, 10]) step
            WHERE step * power >= value);
END $$;

COMMENT ON FUNCTION _pgclinical.chart_ceiling(numeric) IS
'the upper end of an axis for values up to this: a round number that four steps divide well';

REVOKE ALL ON FUNCTION _pgclinical.chart_ceiling(numeric) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.chart_ceiling(numeric) TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.svg_frame(
    id text, title text, summary text, width int, height int, body text
)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.format(
    '<figure%7$s><figcaption>%3$s</figcaption><svg viewBox="0 0 %5$s %6$s" role="img"'
    ' aria-labelledby="%1$s-t %1$s-d"><title id="%1$s-t">%3$s</title><desc id="%1$s-d">%4$s</desc>'
    '%2$s</svg></figure>',
    id, body, _pgclinical.html(title), _pgclinical.html(summary), width, height,
    CASE WHEN width OPERATOR(pg_catalog.>) 600
        THEN ' class="wide scroll" tabindex="0" role="group"' ELSE '' END);

COMMENT ON FUNCTION _pgclinical.svg_frame(text, text, text, int, int, text) IS
'an inline SVG picture with the title and description that a screen reader speaks';

REVOKE ALL ON FUNCTION _pgclinical.svg_frame(text, text, text, int, int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.svg_frame(text, text, text, int, int, text)
TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.svg_bars(
    id text, title text, summary text, labels text[], sizes numeric[], class text DEFAULT 's1'
)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    body text := '';
    most numeric := (SELECT max(s) FROM unnest(sizes) s);
    room constant int := 240;
    y int;
BEGIN
    IF coalesce(cardinality(labels), 0) = 0 THEN
        RETURN '';
    END IF;
    FOR i IN 1 .. cardinality(labels) LOOP
        y := (i - 1) * 26;
        body := body || format(
            '<text x="150" y="%s" text-anchor="end">%s</text>'
            '<rect class="%s" x="160" y="%s" width="%s" height="18" rx="2"/>'
            '<text class="v" x="%s" y="%s">%s</text>',
            y + 17, _pgclinical.html(labels[i]), class, y + 4,
            greatest(round(room * sizes[i] / greatest(most, 1), 1), 1.5),
            round(160 + greatest(room * sizes[i] / greatest(most, 1), 1.5) + 8, 1), y + 17,
            _pgclinical.html_count(sizes[i]));
    END LOOP;
    RETURN _pgclinical.svg_frame(id, title, summary, 490, cardinality(labels) * 26 + 4, body);
END $$;

COMMENT ON FUNCTION _pgclinical.svg_bars(text, text, text, text[], numeric[], text) IS
'a chart of horizontal bars, each with its label and its number; empty text without bars';

REVOKE ALL ON FUNCTION _pgclinical.svg_bars(text, text, text, text[], numeric[], text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.svg_bars(text, text, text, text[], numeric[], text)
TO pgclinical_etl, pgclinical_auditor;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.svg_columns(
    id text, title text, summary text, width int,
    labels text[], names text[], classes text[], sizes numeric[]
)
RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    count int := coalesce(cardinality(labels), 0);
    series int := cardinality(names);
    height constant numeric := 170;  -- of the plot, which lies at (56, 22)
    plot numeric := width - 64;
    body text := '';
    legend text := '';
    top numeric;
    total numeric;
    slot numeric;
    thick numeric;
    label_width int;  -- in pixels, about
    x numeric;
    y numeric;
    part numeric;
BEGIN
    IF count = 0 THEN
        RETURN '';
    END IF;
    SELECT _pgclinical.chart_ceiling(max(t)) INTO top FROM (
        SELECT sum(s) AS t FROM unnest(sizes) WITH ORDINALITY u (s, i) GROUP BY (i - 1) / series) c;
    FOR line IN 0 .. 4 LOOP
        y := 22 + height * line / 4;
        body := body || format(
            '<line class="g" x1="56" x2="%4$s" y1="%1$s" y2="%1$s"/>'
            '<text class="a" x="50" y="%2$s" text-anchor="end">%3$s</text>',
            round(y, 1), round(y + 4, 1), _pgclinical.html_tick(top * (4 - line) / 4), 56 + plot);
    END LOOP;
    slot := plot / count;
    thick := least(slot * 0.7, 46);
    SELECT greatest(46, 7 * max(length(l)) + 6) INTO label_width FROM unnest(labels) l;
    FOR i IN 1 .. count LOOP
        x := round(56 + slot * (i - 0.5), 1);
        y := 22 + height;
        total := 0;
        FOR s IN 1 .. series LOOP
            part := coalesce(sizes[(i - 1) * series + s], 0);
            CONTINUE WHEN part = 0;
            total := total + part;
            y := y - height * part / top;
            body := body || format(
                '<rect class="%s" x="%s" y="%s" width="%s" height="%s"><title>%s: %s %s</title></rect>',
                classes[s], round(x - thick / 2, 1), round(y, 1), round(thick, 1),
                round(greatest(height * part / top, 0.8), 1), _pgclinical.html(labels[i]),
                _pgclinical.html_count(part), _pgclinical.html(names[s]));
        END LOOP;
        IF slot >= 40 THEN
            body := body || format('<text class="v" x="%s" y="%s" text-anchor="middle">%s</text>',
                x, round(y - 6, 1), _pgclinical.html_tick(total));
        END IF;
        -- As many labels as fit beside each other.
        IF (count - i) % ceil(label_width / slot)::int = 0 THEN
            body := body || format('<text class="a" x="%s" y="%s" text-anchor="middle">%s</text>',
                least(x, width - label_width / 2), 22 + height + 18, _pgclinical.html(labels[i]));
        END IF;
    END LOOP;
    SELECT '<ul class="legend">' || string_agg(
        format('<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect class="%s" width="12"'
               ' height="12" rx="2"/></svg>%s</li>', classes[i], _pgclinical.html(n)), '' ORDER BY i)
        || '</ul>' INTO legend FROM unnest(names) WITH ORDINALITY u (n, i);
    RETURN replace(_pgclinical.svg_frame(id, title, summary, width, 222, body),
                   '</figcaption>', '</figcaption>' || legend);
END $$;

COMMENT ON FUNCTION _pgclinical.svg_columns(text, text, text, int, text[], text[], text[], numeric[]) IS
'a chart of columns, each a stack of the named series in their style classes (sizes: column after column), with axis, labels and legend; empty text without columns';

REVOKE ALL ON FUNCTION _pgclinical.svg_columns(text, text, text, int, text[], text[], text[], numeric[])
FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.svg_columns(text, text, text, int, text[], text[], text[], numeric[])
TO pgclinical_etl, pgclinical_auditor;
