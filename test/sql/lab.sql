-- Local spellings of units.
SELECT spelling, code, u.ucum, u.rule, (u.issue).format_code AS issue
FROM (VALUES ('mg/dL', NULL), ('MG/DL', NULL), ('mg%', NULL), ('µmol/L', NULL), ('μmol/l', NULL), ('mcg/mL', NULL), ('mEq/L', NULL),
    ('IU/L', 'loinc|1742-6'), ('IU/L', 'loinc|3016-3'), ('IU/L', NULL), ('K/uL', 'loinc|777-3'), ('K/uL', NULL), ('K/uL', 'loinc|8310-5'),
    ('C', 'loinc|8310-5'), ('C', NULL), ('F', 'loinc|8310-5'), ('°F', NULL), ('º C', NULL), ('deg f', NULL), ('mmHg', NULL),
    ('MM HG', NULL), (' mm  Hg ', NULL), ('pH', 'loinc|2744-1'), ('pH', NULL), ('PG', 'loinc|785-6'), ('lbs', NULL), ('kg/m²', NULL),
    ('x10E3/uL', NULL), ('mL/min/1.73m2', NULL), ('mg/g creat', NULL), ('10³/µL', NULL), ('Mg/dL', NULL), ('mg / dL', NULL),
    ('103/uL', NULL), ('10^3/mcL', NULL), ('G/L', NULL), ('Mmol/L', NULL), ('mS/m', NULL), ('furlongs', NULL), ('', NULL), (NULL, NULL)) AS v (spelling, code), lab_unit(spelling, code::coding) AS u;
-- What the sender declares as UCUM is not read as something else; a site's own spellings come first.
SELECT (lab_unit('C', 'loinc|8310-5', '{"unit_is_ucum": true}')).ucum, (lab_unit('IU/L', NULL, '{"property": "CCnc"}')).ucum,
    (lab_unit('x', NULL, '{"code_map": {"unit": {"x": {"code": "mg/dL"}}}}')).*;
SELECT (lab_unit('x', NULL, '{"code_map": {"unit": {"x": {"code": "Joe"}}}}')).issue;
SELECT * FROM lab_unit('x', NULL, '[]');

-- One analyte, one unit, one code.
SELECT code, value, n.normalized_code, n.normalized_value, n.factor, n.rule, (n.issue).severity, (n.issue).format_code AS issue
FROM (VALUES ('loinc|2345-7', '99 mg/dL'), ('loinc|2345-7', '100 mg/dL'), ('loinc|2345-7', '<40 mg/dL'), ('loinc|14749-6', '5.5 mmol/L'),
    ('loinc|2345-7', '5.5 mmol/L'), ('loinc|2345-7', '0.99 g/L'), ('loinc|2093-3', '200 mg/dL'), ('loinc|2160-0', '1 mg/dL'),
    ('loinc|14682-9', '0.0884 mmol/L'), ('loinc|2571-8', '150 mg/dL'), ('loinc|3094-0', '14 mg/dL'), ('loinc|3094-0', '5 mmol/L'),
    ('loinc|1975-2', '1.2 mg/dL'), ('loinc|17861-6', '10 mg/dL'), ('loinc|2000-8', '5 meq/L'), ('loinc|2951-2', '140 meq/L'),
    ('loinc|2524-7', '18 mg/dL'), ('loinc|2143-6', '276 nmol/L'), ('loinc|2498-4', '100 ug/dL'),
    ('loinc|4548-4', '7.0 %'), ('loinc|4548-4', '53 mmol/mol'), ('loinc|59261-8', '<53 mmol/mol'), ('loinc|4548-4', '7 mg/dL'),
    ('loinc|8310-5', '98.6 [degF]'), ('loinc|8310-5', '310.15 K'), ('loinc|8480-6', '16.0 kPa'), ('loinc|29463-7', '180 [lb_av]'),
    ('loinc|8302-2', '70 [in_i]'), ('loinc|8867-4', '72 {beats}/min'), ('loinc|6301-6', '1.1'), ('loinc|6690-2', '7.5 10*9/L'),
    ('loinc|1742-6', '0.5 ukat/L'), ('loinc|1742-6', '30 [IU]/L'), ('loinc|3016-3', '2.5 u[IU]/mL'), ('loinc|33914-3', '90 mL/min'),
    ('loinc|777-3', '250 K/uL'), ('loinc|718-7', '8.7 mmol/L'), ('loinc|2744-1', '7.40 [pH]'), ('loinc|99999-9', '5 mg'),
    ('http://hospital.example/labs|GLU', '99 mg/dL')) AS v (code, value), lab_normalize(code::coding, value::quantity) AS n;

-- Numbers with local units.
SELECT (lab_normalize('loinc|2345-7', 99, 'mg%')).*;
SELECT (lab_normalize('loinc|8310-5', 98.6, 'F')).*;
SELECT (lab_normalize('loinc|8480-6', 120, 'mmhg')).*;
SELECT (lab_normalize('loinc|1742-6', 40, 'IU/L', '>=')).*;
SELECT (lab_normalize(NULL, 40, 'IU/L')).*;
SELECT (lab_normalize('loinc|2345-7', 99, NULL)).*;
SELECT (lab_normalize('loinc|2345-7', NULL, 'mg/dL')).*;
SELECT (lab_normalize('loinc|2345-7', 99, 'mg/dL', '~')).*;
SELECT (lab_normalize('loinc|2345-7', 'NaN', 'mg/dL')).*;
SELECT count(*) FROM lab_normalize(NULL, '5 mg'::quantity);
SELECT * FROM lab_normalize_range('loinc|2345-7', 70, 99, 'mg/dL');
SELECT * FROM lab_normalize_range('loinc|2345-7', NULL, 99, 'mg/dl');
SELECT * FROM lab_normalize_range('loinc|2345-7', 70, 99, 'mL');
