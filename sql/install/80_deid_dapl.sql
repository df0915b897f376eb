-- deid_dapl: de-identified patients in the shape of HL7's Data Access Policies guide

-- The age is the difference of years, not the completed years at the reference date: those, told by
-- one release after the other, would tell the birthday.
-- Availability: 0.1.0
CREATE FUNCTION @extschema@.deid_dapl(resource jsonb, reference_date date, born boolean)
RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    guide constant text := 'http://hl7.org/fhir/us/dapl/StructureDefinition/';
    absent constant text := '{"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "%s"}]}';
    patient jsonb;
    age int;
    quantity jsonb;
    zip text := resource #>> '{address,0,postalCode}';
    place jsonb;
BEGIN
    IF resource ->> 'resourceType' IS DISTINCT FROM 'Patient' THEN
        RETURN resource - '{text,contained}'::text[];
    END IF;
    IF resource ->> 'birthDate' ~ '^[0-9]{4}' THEN
        age := extract(year FROM reference_date)::int - left(resource ->> 'birthDate', 4)::int;
    ELSIF born THEN
        age := 90;
    END IF;
    quantity := CASE WHEN age IS NULL THEN format(absent, 'unknown')::jsonb
        ELSE jsonb_strip_nulls(jsonb_build_object('value', least(greatest(age, 0), 90),
            'comparator', CASE WHEN age >= 90 THEN '>=' END, 'unit', 'yr',
            'system', 'http://unitsofmeasure.org', 'code', 'a')) END;
    -- One address, for its ZIP code.
    place := (coalesce(resource #> '{address,0}', '{}') - '{text,line,city,district,postalCode}'::text[])
        || CASE WHEN zip IS NULL THEN jsonb_build_object('_postalCode', format(absent, 'unknown')::jsonb)
           WHEN zip ~ '^0+$' THEN jsonb_build_object('postalCode', '00000',
               '_postalCode', format(absent, 'masked')::jsonb)
           ELSE jsonb_build_object('postalCode', zip) END;
    patient := resource - '{text,contained,identifier,name,telecom,birthDate,_birthDate,deceasedDateTime,
        maritalStatus,multipleBirthBoolean,multipleBirthInteger,photo,contact,generalPractitioner,
        managingOrganization,link,address,extension}'::text[];
    IF resource ? 'deceasedDateTime' THEN
        patient := patient || '{"deceasedBoolean": true}';
    END IF;
    RETURN patient || jsonb_build_object(
        'meta', coalesce(resource -> 'meta', '{}')
            || jsonb_build_object('profile', jsonb_build_array(guide || 'dapl-deidentified-patient')),
        'address', jsonb_build_array(place),
        'extension', (
            SELECT coalesce(jsonb_agg(CASE WHEN e ->> 'url' LIKE '%us-core-birthsex'
                       THEN e || jsonb_build_object('url', guide || 'dapl-birthsex-extension') ELSE e END
                   ORDER BY n) FILTER (WHERE e ->> 'url' IN (
                       'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race',
                       'http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity',
                       'http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex')), '[]')
            FROM jsonb_array_elements(CASE jsonb_typeof(resource -> 'extension') WHEN 'array'
                THEN resource -> 'extension' ELSE '[]' END) WITH ORDINALITY AS x(e, n))
            || jsonb_build_array(jsonb_build_object('url', guide || 'dapl-age-extension',
                'valueQuantity', quantity)));
END $$;

COMMENT ON FUNCTION @extschema@.deid_dapl(jsonb, date, boolean) IS
'a de-identified Patient in the shape of DAPL''s de-identified Patient: no text, names, identifiers, birth date; an age in years (>= 90 a for who was born, by born, but has no birth date left), one address with ZIP3 or, where that was 000, 00000 masked; race, ethnicity, birth sex; other resources lose text and contained; changes the shape of what deid_safe_harbor or apply_policy gives, removes no identifier by itself; NULL for NULL';
