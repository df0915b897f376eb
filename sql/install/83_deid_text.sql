-- deid_text: identifiers in free text

-- Not strict: known and options may be left out.  Immutable: the dictionaries are compiled in, a
-- site's own come in options.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_text(
    note text, known jsonb DEFAULT NULL, options jsonb DEFAULT NULL
)
RETURNS text
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_text(text, jsonb, jsonb) IS
'the note with identifiers (45 CFR 164.514(b)(2)(i)) replaced by tags such as [NAME], dates by their year, ages over 89 by 90+; NULL for NULL; known = {"name", "birthDate", "telecom", "address", "identifier", "contact", ...} or FHIR resources or an array of them: what the note''s people are called, found with variants and typing errors; options = {"mode": "standard" | "strict", "replace": "tag" | "surrogate", "seed", "threshold", "years", "areas", "reference_date", "keep": [category], "without": [detector], "names", "places", "organizations", "allow": [word]}; both are compiled once per statement when they are constant; a malformed argument is 22023, a note of more than 10 MB 54000; serves expert determination: no text that software scrubbed is Safe Harbor by its word';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_text_spans(
    note text, known jsonb DEFAULT NULL, options jsonb DEFAULT NULL,
    OUT start_offset int, OUT end_offset int, OUT category text, OUT score real, OUT detector text
)
RETURNS SETOF record
LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 10
AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION @extschema@.deid_text_spans(text, jsonb, jsonb) IS
'what deid_text of the same arguments replaces, in order: offsets in characters (0-based, end exclusive), category (name, location, organization, date, age, phone, fax, email, ssn, mrn, health_plan, account, license, vehicle, device, url, ip, id), score from 0 to 1, detector (known, shape, context, date, age, dictionary, unknown, propagated, site); none for NULL; errors as deid_text';
