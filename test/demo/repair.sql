-- What a site does about codes that have no map: it says what they mean.
INSERT INTO ehr.code_map (kind, source_code, code, note) VALUES
    ('gender', '1', 'male', 'laboratory'),
    ('gender', '2', 'female', 'laboratory'),
    ('gender', 'W', 'female', 'laboratory, old messages'),
    ('encounter-class', 'AMBULANT', 'AMB', 'hospital');
INSERT INTO ehr.code_map (kind, source_code, code, system, note) VALUES
    ('marital-status', 'MAR', 'M', 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', NULL);
INSERT INTO ehr.unit_alias (alias, ucum) VALUES
    ('gm/dl', 'g/dL'), ('mg/dl', 'mg/dL'), ('mg/l', 'mg/L'), ('mmol/l', 'mmol/L'),
    ('K/uL', '10*3/uL');
