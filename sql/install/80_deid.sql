-- deid: de-identified copies of FHIR resources under HIPAA's safe harbor

-- Not strict: person and reference_date may be left out.  Stable: without a reference date it
-- reads the transaction's.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_safe_harbor(
    resource jsonb, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL
)
RETURNS jsonb
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_safe_harbor(jsonb, jsonb, date) IS
'a FHIR R4 resource without the identifiers of 45 CFR 164.514(b)(2), not linkable: ids and references are removed; NULL for NULL and for resource types that are dropped; person = {"birthDate", "deceased", "known": [text], "ages": [{"years", "date"}], "on_known": "remove" (default) or "refuse"}; reference_date (default: the transaction''s date) decides who is over 89; a malformed person is 22023, a resource of more than 1,000,000 values 54000';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_safe_harbor(
    resource jsonb, person jsonb, reference_date date, codes jsonb
)
RETURNS jsonb
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_safe_harbor(jsonb, jsonb, date, jsonb) IS
'the same with ids and references replaced by codes = {"Patient/1": "code", ...} of a project''s crosswalk; deid_references() lists what codes must name; a missing code, a code equal to its identifier, and NULL for reference_date or codes are 22023; a string of person.known that would remain is 22000 (on_known "remove" drops it instead)';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_references(
    resource jsonb, OUT domain text, OUT identifier text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_references(jsonb) IS
'the resources (type, id) that deid_safe_harbor with codes will ask codes of: the resource itself and what it refers to, each once; none for a resource that is dropped';

-- HL7 v2.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_safe_harbor(
    message @extschema@.hl7v2, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL
)
RETURNS @extschema@.hl7v2
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'deid_safe_harbor_hl7v2';

COMMENT ON FUNCTION @extschema@.deid_safe_harbor(@extschema@.hl7v2, jsonb, date) IS
'an HL7 v2 message without the identifiers of 45 CFR 164.514(b)(2), by the fields of its own version (MSH-12; an unknown version keeps only what all agree on), not linkable; arguments and errors as for resources; NULL for NULL';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_safe_harbor(
    message @extschema@.hl7v2, person jsonb, reference_date date, codes jsonb
)
RETURNS @extschema@.hl7v2
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'deid_safe_harbor_hl7v2';

COMMENT ON FUNCTION @extschema@.deid_safe_harbor(@extschema@.hl7v2, jsonb, date, jsonb) IS
'the same with patient, visit, order, specimen, document and message numbers replaced by codes = {"Patient/number|authority": "code", ...}; deid_references() lists what codes must name; errors as for resources';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_references(
    message @extschema@.hl7v2, OUT domain text, OUT identifier text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME', 'deid_references_hl7v2';

COMMENT ON FUNCTION @extschema@.deid_references(@extschema@.hl7v2) IS
'what deid_safe_harbor with codes will ask codes of: domain (Patient, Encounter, ServiceRequest, DiagnosticReport, Specimen, DocumentReference, MessageHeader) and number|authority, each once';

-- C-CDA.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_safe_harbor(
    document xml, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL
)
RETURNS xml
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'deid_safe_harbor_xml';

COMMENT ON FUNCTION @extschema@.deid_safe_harbor(xml, jsonb, date) IS
'a CDA document without the identifiers of 45 CFR 164.514(b)(2), not linkable: structure, public codes, years, quantities; what CDA requires is there with nullFlavor MSK; NULL for NULL and for what is no ClinicalDocument; what is no XML or has a document type is 22P02, too deep or large 54000, other errors as for resources';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_safe_harbor(
    document xml, person jsonb, reference_date date, codes jsonb
)
RETURNS xml
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME', 'deid_safe_harbor_xml';

COMMENT ON FUNCTION @extschema@.deid_safe_harbor(xml, jsonb, date, jsonb) IS
'the same with the patient''s and the document''s first id replaced by codes = {"Patient/extension|root": "code", ...}; deid_references() lists what codes must name';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_references(
    document xml, OUT domain text, OUT identifier text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME', 'deid_references_xml';

COMMENT ON FUNCTION @extschema@.deid_references(xml) IS
'what deid_safe_harbor with codes will ask codes of: domain (Patient, DocumentReference) and extension|root; errors as deid_safe_harbor';

-- X12.  Not called Safe Harbor: its dates have no form of a year alone.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_x12(
    interchange text, person jsonb DEFAULT NULL, reference_date date DEFAULT NULL
)
RETURNS text
LANGUAGE C STABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_x12(text, jsonb, date) IS
'an X12 interchange (837, 835, 834, 270, 271, 276, 277, 278) without the identifiers of 45 CFR 164.514(b)(2), not linkable; D8 and RD8 have no form of a year alone, so 1 January stands for every date of a year and ISA02 says CCYY0101; control numbers are counted anew; NULL for NULL; text without an ISA segment is 22P02, more than 1,000,000 segments 54000, other errors as for resources';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_x12(
    interchange text, person jsonb, reference_date date, codes jsonb
)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_x12(text, jsonb, date, jsonb) IS
'the same with claim, control, trace and member numbers replaced by codes = {"Claim/number": "code", ...}; deid_x12_references() lists what codes must name';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_x12_references(
    interchange text, OUT domain text, OUT identifier text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 5
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_x12_references(text) IS
'what deid_x12 with codes will ask codes of: domain (Claim, ClaimResponse, PaymentReconciliation, Patient) and number, each once; errors as deid_x12';

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.deid_date(said text)
RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION _pgclinical.deid_date(text) IS
'its argument when that is a date as deid_safe_harbor reads the dates of person; NULL for any other text';

REVOKE ALL ON FUNCTION _pgclinical.deid_date(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.deid_date(text) TO pgclinical_releaser;
