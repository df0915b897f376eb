-- Forms and check digits of codes and identifiers.
CREATE FUNCTION pg_temp.of(kind text, what text, code text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE answer text;
BEGIN
    EXECUTE format('SELECT code_%s_%s($1)::text', kind, what) INTO answer USING code;
    RETURN answer;
END $$;
SELECT kind, code, pg_temp.of(kind, 'is_valid', code) AS valid, pg_temp.of(kind, 'format', code) AS format
FROM (VALUES ('npi', '1234567893'), ('npi', '1234567890'), ('npi', ' 1234567893 '), ('npi', '3234567893'), ('npi', '123456789'),
    ('loinc', '8480-6'), ('loinc', '8480-5'), ('loinc', '2345-7'), ('loinc', '14749-6'), ('loinc', 'LP7839-6'), ('loinc', '84806'),
    ('loinc_part', 'LP7839-6'), ('loinc_part', 'LA6576-8'), ('loinc_part', 'LA6576-7'), ('loinc_part', 'LL360-9'), ('loinc_part', '8480-6'),
    ('snomed', '73211009'), ('snomed', '73211008'), ('snomed', '900000000000003001'), ('snomed', '900000000000227016'),
    ('snomed', '100022'), ('snomed', '073211009'), ('rxcui', '161'), ('rxcui', '0161'),
    ('ndc', '1234-5678-90'), ('ndc', '12345-678-90'), ('ndc', '12345-6789-0'), ('ndc', '12345-6789-01'), ('ndc', '123456-7890-12'),
    ('ndc', '1234567890'), ('ndc', '12345678901'), ('ndc', '123456789'),
    ('icd10cm', 'E119'), ('icd10cm', 'e11.9'), ('icd10cm', 'S72.001A'), ('icd10cm', 'C7A'), ('icd10cm', 'E11.'), ('icd10cm', '250.00'),
    ('icd10pcs', '0DTJ4ZZ'), ('icd10pcs', '0DTJ4ZO'), ('icd9cm', '25000'), ('icd9cm', 'V1005'), ('icd9cm', 'E8120'), ('icd9cm', '0413'),
    ('icd9cm_procedure', '4701'), ('icd9cm_procedure', '47.01'), ('cpt', '99213'), ('cpt', '99213-25'), ('cpt', '0001F'), ('cpt', '0001X'),
    ('hcpcs', 'j1100'), ('hcpcs', 'W1100'), ('cdt', 'D0120'), ('modifier', '25'), ('modifier', 'lt'), ('cvx', '3'), ('cvx', '140'),
    ('mbi', '1EG4TE5MK73'), ('mbi', '1EG4-TE5-MK73'), ('mbi', '1SG4TE5MK73'), ('mbi', '0EG4TE5MK73'),
    ('dea', 'AB1234563'), ('dea', 'ab1234563'), ('dea', 'AB1234564'), ('dea', 'A91234563'),
    ('ssn', '219-09-9998'), ('ssn', '000-12-3456'), ('ssn', '666-12-3456'), ('ssn', '900123456'), ('ssn', '123456789'), ('ssn', '111111111'),
    ('ssn', '123-00-4567'), ('ssn', '123-45-0000'), ('ein', '12-3456789'), ('clia', '05D0642827'), ('taxonomy', '207Q00000X'),
    ('place_of_service', '2'), ('revenue', '450'), ('type_of_bill', '111'), ('type_of_bill', '0111'), ('drg', '65'),
    ('phone', '+14155552671'), ('phone', '(415) 555-2671'), ('phone', '1-415-555-2671 x12'), ('phone', '115-555-2671'),
    ('phone', '+44 20 7946 0958'), ('phone', '011 49 30 123456'), ('phone', '555-2671'), ('phone', 'call me'),
    ('oid', 'urn:oid:2.16.840.1.113883.6.1'), ('oid', '2.16.840.1'), ('oid', '2.016'), ('oid', '3.1')) AS v (kind, code);

-- Ten digits of a drug code may be three drugs.
SELECT code_ndc11('1234567890'), code_ndc11('12345-678-90'), code_ndc11('1234567890', ARRAY['12345067890', '00002322730']),
    code_ndc11('1234567890', ARRAY['12345067890', '12345678900']), code_ndc11('1234567890', ARRAY['00002322730']);
SELECT code_ndc11_candidates('1234567890');
SELECT code_snomed_kind(c) FROM unnest(ARRAY['73211009', '900000000000227016', '100022', 'x']) c;
SELECT country, code, code_postal_is_valid(code, country) AS valid, code_postal_format(code, country) AS format
FROM (VALUES ('US', '02139'), ('US', '2139'), ('US', '021391234'), ('US', '02139-1234'), ('US', '21391234'), ('US', '0213'), ('US', '123'),
    ('CA', 'k1a0b1'), ('CA', 'K1A 0B1'), ('CA', 'D1A 0B1'), ('GB', 'sw1a1aa'), ('GB', 'M1 1AE'), ('GB', 'XX'), ('DE', '10115'),
    ('NL', '1234ab'), ('CH', '8001'), ('BR', '01310-100'), ('BR', 'Rua das Flores 1')) AS v (country, code);
SELECT code_check_digit(n, 'M10') AS m10, code_check_digit(n, 'M11') AS m11
FROM unnest(ARRAY['12345', '401', '9999', '99999999', '1234567', 'x', '']) n;
SELECT code_check_digit_is_valid('1234567', '4', 'M11'), code_check_digit_is_valid('128952', '6', 'M11');
SELECT code_check_digit('1', 'ISO');

-- Domains.
CREATE TABLE provider (npi code_npi, phone code_e164, zip code_zip, drug code_ndc, unit code_ucum);
INSERT INTO provider VALUES ('1234567893', '+14155552671', '02139-1234', '12345067890', 'mg/dL'), (NULL, NULL, NULL, NULL, NULL);
INSERT INTO provider (npi) VALUES ('1234567890');
INSERT INTO provider (unit) VALUES ('MG/DL');
DROP TABLE provider;
