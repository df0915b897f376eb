-- Units of UCUM.
SELECT unit, ucum_is_valid(unit) AS valid, ucum_canonical(unit) AS canonical, ucum_display(unit) AS display
FROM unnest(ARRAY['', 'm', 'mm', 'mg/dL', 'mm[Hg]', '10*3/uL', '/m', 'rad2', 'K2.10*3.m-1', 'mmol/(8.h.kg)',
    'Cel', '[IU]/mL', 'dB[SPL]', '4.[pi].10*-7.N/A2', '/100{WBCs}', 'mL/min/{1.73_m2}', 'cd', 'Pa', 'dar', 'har',
    '[m/s2/Hz^(1/2)]', '%[slope]', '[in_i''Hg]', '{RBC}/uL', 'By', 'KiBy']) AS unit;

-- What is wrong, where; never the text.
SELECT left(unit, 12) AS unit, i.severity, i.code, i.format_code, i.location, i.message
FROM unnest(ARRAY['m/', '10+3/ul', '{|}1', 'iU', 'MG/DL', 'g/48h', 'cm[H20]', 'ug(8.h)', 'Cel2', 'Cel/s', '(m/s)2',
    'm{a}{b}', 'c[lb_av]', 'm[Hg', '(m', 'm)', '{a', 'm{ä}', '{}', '0.m', 'm1000', ' m', 'm.', '..', '', '/',
    'Joe Public', repeat('m.', 300)]) AS unit, ucum_issues(unit) AS i;
SELECT ucum_is_valid(NULL), ucum_is_valid('Joe'), count(*) FROM ucum_issues('mg');
SELECT ucum_canonical('mg/Joe');
SELECT ucum_display('Joe');

-- The case-insensitive code is another code.
SELECT code, ucum_case_sensitive(code)
FROM unnest(ARRAY['MG/DL', 'mm[hg]', 'MA', 'MAM', '10*3/UL', 'CEL', '[iu]', 'KG.M/S2', 'SIE', 'HR']) AS code;
SELECT ucum_case_sensitive('MG/D L');

-- Exact, with the digits that the value has.
SELECT value, f AS from_unit, t AS to_unit, ucum_convert(value, f, t)
FROM (VALUES (6.3, 'mm', 'm'), (1.20, 'm', 'cm'), (120.0, 'mg', 'g'), (6.30, '[in_i]', 'm'), (100, 'mg/dL', 'g/L'),
    (6.3, 's/4/m', 's/m'), (1, 'm[Hg]', 'Pa'), (1, '[ly]', 'cm'), (1, 'S', 'g-1.m-2.C2.s'), (60, '/min', 'Hz'),
    (1, '[lb_av]', 'kg'), (3937, '[ft_us]', 'm'), (1, '[ft_us]', 'm'), (1, 'U', 'nkat'), (360, 'deg', 'circ'),
    (1, 'circ', 'rad'), (1, 'mol/L', '/uL'), (5, '[IU]/L', 'm[IU]/mL'), (1, 'a', 'd'), (12, 'mo', 'a'),
    (1, 'KiBy', 'bit'), (0, 'kg', 'g'), (-40.0, 'm', 'mm'), (1e30, 'Ym', 'ym'), (1e-30, 'kg', 'g'),
    (123456789012345678901234567890123456789012345678901234567890.5, 'm', 'mm')) AS v (value, f, t);

-- Special units.
SELECT value, f AS from_unit, t AS to_unit, ucum_convert(value, f, t)
FROM (VALUES (37.0, 'Cel', '[degF]'), (98.6, '[degF]', 'Cel'), (100, '[degF]', 'K'), (-40, 'Cel', '[degF]'),
    (0, 'K', 'Cel'), (80, '[degRe]', 'Cel'), (25, 'mCel', 'K'), (7.4, '[pH]', 'nmol/L'), (1e-7, 'mol/L', '[pH]'),
    (20, 'dB', '1'), (1, 'Np', 'B'), (100, '%[slope]', 'deg'), (100, '[p''diop]', 'deg'), (1e6, 'mV', 'B[mV]'),
    (94, 'dB[SPL]', 'Pa'), (3, '[hp''_X]', '1'), (2, '[hp''_C]', '1'), (8, 'bit_s', '1'), (256, '1', 'bit_s'),
    (4, '[m/s2/Hz^(1/2)]', 'm2/s4/Hz'), (2, 'm2/s4/Hz', '[m/s2/Hz^(1/2)]'), (60, 'dB[V]', 'V')) AS v (value, f, t);

-- Refused.
SELECT ucum_convert(1, 'mg', 'mL');
SELECT ucum_convert(1, '[IU]', 'mg');
SELECT ucum_convert(1, 'mg/Joe', 'mg');
SELECT ucum_convert(0, '1', '[pH]');
SELECT ucum_convert(0, 'mol/L', '[pH]');
SELECT ucum_convert('NaN', 'm', 'm');
SELECT ucum_convert('Infinity', 'm', 'm');
SELECT ucum_convert(1, 'm.m800', 'm');
SELECT ucum_try_convert(1, 'mg', 'mL'), ucum_try_convert(1, 'x', 'mL'), ucum_try_convert('NaN', 'm', 'm'),
    ucum_try_convert(0, 'mol/L', '[pH]'), ucum_try_convert(1, 'L', 'mL');
SELECT ucum_is_commensurable('mmol/L', '/uL'), ucum_is_commensurable('mg/dL', 'mmol/L'),
    ucum_is_commensurable('Cel', 'K'), ucum_is_commensurable('[IU]', '[iU]'), ucum_is_commensurable('[IU]', '1');

-- Units that vary by row: the same conversions as constants.
SELECT count(*), count(*) FILTER (WHERE ucum_convert(n, prefix || 'g/' || volume, 'g/L')
    = ucum_convert(ucum_convert(n, prefix || 'g', 'g') / 1, 'g/' || volume, 'g/L')) AS equal
FROM generate_series(1, 40) n, unnest(ARRAY['k', '', 'm', 'u', 'n', 'p']) prefix,
    unnest(ARRAY['L', 'dL', 'mL', '(24.h.L/h)']) volume
WHERE volume <> '(24.h.L/h)';
