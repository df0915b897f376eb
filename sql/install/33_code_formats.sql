-- code formats: forms and check digits of codes and identifiers.  No catalog is asked: a well-formed
-- code need not exist.

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_npi_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_npi_is_valid(text) IS
'whether the text is a National Provider Identifier: ten digits, Luhn over 80840 and the number; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_npi_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_npi_format(text) IS
'the code in the form in which it is kept: digits only; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_loinc_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_loinc_is_valid(text) IS
'whether the text is a LOINC term: digits, a hyphen and Luhn; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_loinc_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_loinc_format(text) IS
'the code in the form in which it is kept: trimmed; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_loinc_part_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_loinc_part_is_valid(text) IS
'whether the text is the code of a LOINC part, answer, answer list or group (LP, LA, LL, LG), with its check digit except for LG; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_loinc_part_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_loinc_part_format(text) IS
'the code in the form in which it is kept: upper case; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_snomed_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_snomed_is_valid(text) IS
'whether the text is a SNOMED CT identifier of a concept, description or relationship: partition and Verhoeff; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_snomed_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_snomed_format(text) IS
'the code in the form in which it is kept: trimmed; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_rxcui_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_rxcui_is_valid(text) IS
'whether the text is an RxNorm concept identifier; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_rxcui_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_rxcui_format(text) IS
'the code in the form in which it is kept: trimmed; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ndc_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ndc_is_valid(text) IS
'whether the text is a National Drug Code, with hyphens or of 10 to 12 digits; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ndc_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ndc_format(text) IS
'the code in the form in which it is kept: 11 digits (5-4-2), 12 of a labeler with six; NULL for ten digits without hyphens, which are ambiguous; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd10cm_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd10cm_is_valid(text) IS
'whether the text is an ICD-10-CM code, with or without its dot; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd10cm_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd10cm_format(text) IS
'the code in the form in which it is kept: upper case, with a dot behind the third character; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd10pcs_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd10pcs_is_valid(text) IS
'whether the text is an ICD-10-PCS code: seven characters, no I and no O; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd10pcs_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd10pcs_format(text) IS
'the code in the form in which it is kept: upper case; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd9cm_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd9cm_is_valid(text) IS
'whether the text is an ICD-9-CM diagnosis, with or without its dot; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd9cm_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd9cm_format(text) IS
'the code in the form in which it is kept: upper case, with a dot behind the third character, of E codes the fourth; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd9cm_procedure_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd9cm_procedure_is_valid(text) IS
'whether the text is an ICD-9-CM procedure, with or without its dot; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_icd9cm_procedure_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_icd9cm_procedure_format(text) IS
'the code in the form in which it is kept: with a dot behind the second digit; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_cpt_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_cpt_is_valid(text) IS
'whether the text is a CPT code; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_cpt_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_cpt_format(text) IS
'the code in the form in which it is kept: without modifiers (99213-25 is 99213); NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_hcpcs_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_hcpcs_is_valid(text) IS
'whether the text is a HCPCS level II code; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_hcpcs_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_hcpcs_format(text) IS
'the code in the form in which it is kept: upper case, without modifiers; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_cdt_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_cdt_is_valid(text) IS
'whether the text is a dental procedure code; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_cdt_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_cdt_format(text) IS
'the code in the form in which it is kept: upper case, without modifiers; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_modifier_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_modifier_is_valid(text) IS
'whether the text is a procedure modifier; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_modifier_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_modifier_format(text) IS
'the code in the form in which it is kept: upper case; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_cvx_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_cvx_is_valid(text) IS
'whether the text is a CVX vaccine code; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_cvx_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_cvx_format(text) IS
'the code in the form in which it is kept: two digits at least; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_mbi_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_mbi_is_valid(text) IS
'whether the text is a Medicare Beneficiary Identifier: eleven characters, none of S, L, O, I, B, Z; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_mbi_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_mbi_format(text) IS
'the code in the form in which it is kept: upper case, without hyphens; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_dea_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_dea_is_valid(text) IS
'whether the text is a DEA registration number with its check digit; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_dea_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_dea_format(text) IS
'the code in the form in which it is kept: upper case; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ssn_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ssn_is_valid(text) IS
'whether the text is a Social Security number, with or without hyphens: no area 000, 666 or 9xx, no group 00, no serial 0000, no made-up sequence; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ssn_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ssn_format(text) IS
'the code in the form in which it is kept: digits only; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ein_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ein_is_valid(text) IS
'whether the text is an Employer Identification Number; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ein_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ein_format(text) IS
'the code in the form in which it is kept: digits only; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_clia_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_clia_is_valid(text) IS
'whether the text is a CLIA laboratory number; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_clia_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_clia_format(text) IS
'the code in the form in which it is kept: upper case; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_taxonomy_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_taxonomy_is_valid(text) IS
'whether the text is a NUCC provider taxonomy code; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_taxonomy_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_taxonomy_format(text) IS
'the code in the form in which it is kept: upper case; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_place_of_service_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_place_of_service_is_valid(text) IS
'whether the text is a place of service: two digits; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_place_of_service_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_place_of_service_format(text) IS
'the code in the form in which it is kept: two digits; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_revenue_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_revenue_is_valid(text) IS
'whether the text is a revenue code: three or four digits; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_revenue_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_revenue_format(text) IS
'the code in the form in which it is kept: four digits; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_type_of_bill_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_type_of_bill_is_valid(text) IS
'whether the text is a type of bill, with or without its leading zero; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_type_of_bill_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_type_of_bill_format(text) IS
'the code in the form in which it is kept: four characters; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_drg_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_drg_is_valid(text) IS
'whether the text is a diagnosis-related group: up to three digits; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_drg_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_drg_format(text) IS
'the code in the form in which it is kept: three digits; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_phone_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_phone_is_valid(text) IS
'whether the text is a telephone number of E.164: +, country and number; of North America with its own rules; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_phone_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_phone_format(text) IS
'the code in the form in which it is kept: E.164; a number without country code is North American; an extension goes; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_oid_is_valid(code text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_oid_is_valid(text) IS
'whether the text is an object identifier; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_oid_format(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_oid_format(text) IS
'the code in the form in which it is kept: without urn:oid:; NULL when it cannot be brought into a valid one';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_snomed_kind(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_snomed_kind(text) IS
'concept, description or relationship, by the partition of a SNOMED CT identifier; NULL when it is none';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ndc11_candidates(code text) RETURNS SETOF text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 ROWS 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ndc11_candidates(text) IS
'every 11-digit form that a National Drug Code may have: one, or of ten digits without hyphens three; none for what is no NDC';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ndc11(code text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_ndc11(text) IS
'a National Drug Code in 11 digits (5-4-2); NULL for ten digits without hyphens, which may be three different drugs, and for what is no NDC';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_ndc11(code text, directory text[]) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT CASE WHEN count(*) OPERATOR(pg_catalog.=) 1 THEN min(c.candidate) END
    FROM @extschema@.code_ndc11_candidates(code) AS c (candidate)
    WHERE c.candidate OPERATOR(pg_catalog.=) ANY (directory);
END;
COMMENT ON FUNCTION @extschema@.code_ndc11(text, text[]) IS
'the same; of ten digits the one of the three possibilities that the directory (11 digits each) holds; NULL when it holds none or several';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_postal_is_valid(code text, country text DEFAULT 'US') RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_postal_is_valid(text, text) IS
'whether the text is a postal code of the country (ISO 3166, two letters) in its usual form; of countries without a rule here 2 to 10 letters, digits, spaces, hyphens';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_postal_format(code text, country text DEFAULT 'US') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_postal_format(text, text) IS
'the postal code in its usual form (12345-6789, K1A 0B1); zeros that a US one lost come back; NULL when it is none';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_check_digit(number text, scheme text) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_check_digit(text, text) IS
'the check digit of a number under M10 or M11 (HL7 table 0061); NULL when it is not digits; 22023 for another scheme';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.code_check_digit_is_valid(number text, digit text, scheme text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.code_check_digit_is_valid(text, text, text) IS
'whether the digit is that of code_check_digit; a hint and no proof, as senders compute M11 in different ways; 22023 for a scheme other than M10 and M11';

-- Domains for columns: a CHECK that pg_dump can restore, as it asks no table.

-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_npi AS text CHECK (@extschema@.code_npi_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_npi IS 'a National Provider Identifier, checked by code_npi_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_loinc AS text CHECK (@extschema@.code_loinc_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_loinc IS 'a LOINC term, checked by code_loinc_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_sctid AS text CHECK (@extschema@.code_snomed_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_sctid IS 'a SNOMED CT identifier, checked by code_snomed_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_icd10cm AS text CHECK (@extschema@.code_icd10cm_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_icd10cm IS 'an ICD-10-CM code, checked by code_icd10cm_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_icd10pcs AS text CHECK (@extschema@.code_icd10pcs_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_icd10pcs IS 'an ICD-10-PCS code, checked by code_icd10pcs_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_cpt AS text CHECK (@extschema@.code_cpt_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_cpt IS 'a CPT code, checked by code_cpt_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_hcpcs AS text CHECK (@extschema@.code_hcpcs_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_hcpcs IS 'a HCPCS level II code, checked by code_hcpcs_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_mbi AS text CHECK (@extschema@.code_mbi_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_mbi IS 'a Medicare Beneficiary Identifier, checked by code_mbi_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_dea AS text CHECK (@extschema@.code_dea_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_dea IS 'a DEA number, checked by code_dea_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_e164 AS text CHECK (@extschema@.code_phone_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_e164 IS 'a telephone number of E.164, checked by code_phone_is_valid';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_ndc AS text CHECK (VALUE OPERATOR(pg_catalog.~) '^[0-9]{11}$');
COMMENT ON DOMAIN @extschema@.code_ndc IS 'a National Drug Code in 11 digits (5-4-2)';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_zip AS text CHECK (VALUE OPERATOR(pg_catalog.~) '^[0-9]{5}(-[0-9]{4})?$');
COMMENT ON DOMAIN @extschema@.code_zip IS 'a US ZIP code, with or without the four more digits';
-- Availability: 0.1.0
CREATE DOMAIN @extschema@.code_ucum AS text CHECK (@extschema@.ucum_is_valid(VALUE));
COMMENT ON DOMAIN @extschema@.code_ucum IS 'a UCUM unit, checked by ucum_is_valid';
