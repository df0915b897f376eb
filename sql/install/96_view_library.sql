-- views: ready ViewDefinitions, made by src/views/data/make_library.py from library.json

-- Availability: 0.1.0
CREATE FUNCTION pgclinical.view_library()
RETURNS TABLE (name text, description text, view jsonb)
LANGUAGE sql STABLE PARALLEL SAFE COST 100 ROWS 14
BEGIN ATOMIC
    SELECT v.name, v.description, v.view::pg_catalog.jsonb FROM (VALUES
    ('patients', 'a patient: official or first name, birth, sex, race and ethnicity of US Core', '{
 "resourceType": "ViewDefinition",
 "name": "patients",
 "status": "active",
 "resource": "Patient",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "active", "path": "active", "type": "boolean" },
    { "name": "family", "path": "(name.where(use = ''official'') | name).first().family", "type": "string" },
    { "name": "given", "path": "(name.where(use = ''official'') | name).first().given.join('' '')", "type": "string" },
    { "name": "gender", "path": "gender", "type": "code" },
    {"name": "birth_date", "path": "birthDate", "type": "date", "tag": [ { "name": "ansi/type", "value": "DATE" } ]},
    { "name": "deceased", "path": "deceased.exists() and (deceased.ofType(boolean) = false).not()", "type": "boolean" },
    { "name": "deceased_at", "path": "deceased.ofType(dateTime)", "type": "dateTime" },
    { "name": "marital_status", "path": "maritalStatus.coding.first().code", "type": "code" },
    { "name": "race", "path": "extension(''http://hl7.org/fhir/us/core/StructureDefinition/us-core-race'').extension(''ombCategory'').value.ofType(Coding).display.join('', '')", "type": "string" },
    { "name": "ethnicity", "path": "extension(''http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity'').extension(''ombCategory'').value.ofType(Coding).display.first()", "type": "string" },
    { "name": "language", "path": "communication.where(preferred = true).language.coding.first().code", "type": "code" }
   ]
  }
 ]
}'),
    ('patient_addresses', 'an address of a patient', '{
 "resourceType": "ViewDefinition",
 "name": "patient_addresses",
 "status": "active",
 "resource": "Patient",
 "select": [
  {
   "column": [ { "name": "patient_id", "path": "getResourceKey()", "type": "id" } ]
  },
  {
   "forEach": "address",
   "column": [
    { "name": "number", "path": "%rowIndex", "type": "integer" },
    { "name": "use", "path": "use", "type": "code" },
    { "name": "line", "path": "line.join('', '')", "type": "string" },
    { "name": "city", "path": "city", "type": "string" },
    { "name": "state", "path": "state", "type": "string" },
    { "name": "postal_code", "path": "postalCode", "type": "string" },
    { "name": "country", "path": "country", "type": "string" }
   ]
  }
 ]
}'),
    ('patient_identifiers', 'an identifier of a patient', '{
 "resourceType": "ViewDefinition",
 "name": "patient_identifiers",
 "status": "active",
 "resource": "Patient",
 "select": [
  {
   "column": [ { "name": "patient_id", "path": "getResourceKey()", "type": "id" } ]
  },
  {
   "forEach": "identifier",
   "column": [
    { "name": "system", "path": "system", "type": "uri" },
    { "name": "value", "path": "value", "type": "string" },
    { "name": "type", "path": "type.coding.first().code", "type": "code" },
    { "name": "use", "path": "use", "type": "code" }
   ]
  }
 ]
}'),
    ('encounters', 'an encounter: class, type, period, where it came from and how it ended', '{
 "resourceType": "ViewDefinition",
 "name": "encounters",
 "status": "active",
 "resource": "Encounter",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    { "name": "class", "path": "class.code", "type": "code" },
    { "name": "type_system", "path": "type.first().coding.first().system", "type": "uri" },
    { "name": "type_code", "path": "type.first().coding.first().code", "type": "code" },
    { "name": "type_text", "path": "type.first().select((text | coding.display).first())", "type": "string" },
    {"name": "started", "path": "period.start", "type": "dateTime", "tag": [ { "name": "ansi/type", "value": "TIMESTAMP WITH TIME ZONE" } ]},
    {"name": "ended", "path": "period.end", "type": "dateTime", "tag": [ { "name": "ansi/type", "value": "TIMESTAMP WITH TIME ZONE" } ]},
    { "name": "reason_code", "path": "reasonCode.first().coding.first().code", "type": "code" },
    { "name": "admit_source", "path": "hospitalization.admitSource.coding.first().code", "type": "code" },
    { "name": "discharge_disposition", "path": "hospitalization.dischargeDisposition.coding.first().code", "type": "code" },
    { "name": "location_id", "path": "location.first().location.getReferenceKey(Location)", "type": "id" },
    { "name": "organization_id", "path": "serviceProvider.getReferenceKey(Organization)", "type": "id" }
   ]
  }
 ]
}'),
    ('conditions', 'a condition, once for each of its codings', '{
 "resourceType": "ViewDefinition",
 "name": "conditions",
 "status": "active",
 "resource": "Condition",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "clinical_status", "path": "clinicalStatus.coding.first().code", "type": "code" },
    { "name": "verification_status", "path": "verificationStatus.coding.first().code", "type": "code" },
    { "name": "category", "path": "category.first().coding.first().code", "type": "code" },
    { "name": "text", "path": "code.text", "type": "string" },
    { "name": "onset", "path": "onset.ofType(dateTime)", "type": "dateTime" },
    { "name": "abatement", "path": "abatement.ofType(dateTime)", "type": "dateTime" },
    { "name": "recorded", "path": "recordedDate", "type": "dateTime" }
   ]
  },
  {
   "forEachOrNull": "code.coding",
   "column": [
    { "name": "system", "path": "system", "type": "uri" },
    { "name": "code", "path": "code", "type": "code" },
    { "name": "display", "path": "display", "type": "string" }
   ]
  }
 ]
}'),
    ('blood_pressure', 'a blood pressure: both values of a panel, or one value of an observation of its own', '{
 "resourceType": "ViewDefinition",
 "name": "blood_pressure",
 "status": "active",
 "resource": "Observation",
 "where": [ { "path": "code.coding.exists(system = ''http://loinc.org'' and (code = ''85354-9'' or code = ''55284-4'' or code = ''8480-6'' or code = ''8462-4''))" } ],
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    {"name": "effective", "path": "effective.ofType(dateTime)", "type": "dateTime", "tag": [ { "name": "ansi/type", "value": "TIMESTAMP WITH TIME ZONE" } ]},
    { "name": "systolic", "path": "(component.where(code.coding.exists(code = ''8480-6'')) | where(code.coding.exists(code = ''8480-6''))).first().value.ofType(Quantity).value", "type": "decimal" },
    { "name": "diastolic", "path": "(component.where(code.coding.exists(code = ''8462-4'')) | where(code.coding.exists(code = ''8462-4''))).first().value.ofType(Quantity).value", "type": "decimal" },
    { "name": "unit", "path": "(component.value.ofType(Quantity).code | value.ofType(Quantity).code).first()", "type": "code" }
   ]
  }
 ]
}'),
    ('vital_signs', 'a vital sign with one value; blood pressures have a view of their own', '{
 "resourceType": "ViewDefinition",
 "name": "vital_signs",
 "status": "active",
 "resource": "Observation",
 "where": [ { "path": "category.coding.exists(code = ''vital-signs'') and value.exists()" } ],
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    {"name": "effective", "path": "effective.ofType(dateTime)", "type": "dateTime", "tag": [ { "name": "ansi/type", "value": "TIMESTAMP WITH TIME ZONE" } ]},
    { "name": "code", "path": "code.coding.where(system = ''http://loinc.org'').first().code", "type": "code" },
    { "name": "display", "path": "(code.coding.display | code.text).first()", "type": "string" },
    { "name": "value", "path": "value.ofType(Quantity).value", "type": "decimal" },
    { "name": "unit", "path": "value.ofType(Quantity).code", "type": "code" }
   ]
  }
 ]
}'),
    ('labs', 'a laboratory result', '{
 "resourceType": "ViewDefinition",
 "name": "labs",
 "status": "active",
 "resource": "Observation",
 "where": [ { "path": "category.coding.exists(code = ''laboratory'')" } ],
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    {"name": "effective", "path": "effective.ofType(dateTime)", "type": "dateTime", "tag": [ { "name": "ansi/type", "value": "TIMESTAMP WITH TIME ZONE" } ]},
    { "name": "loinc", "path": "code.coding.where(system = ''http://loinc.org'').first().code", "type": "code" },
    { "name": "local_code", "path": "code.coding.where(system != ''http://loinc.org'').first().code", "type": "code" },
    { "name": "display", "path": "(code.coding.display | code.text).first()", "type": "string" },
    { "name": "comparator", "path": "value.ofType(Quantity).comparator", "type": "code" },
    { "name": "value", "path": "value.ofType(Quantity).value", "type": "decimal" },
    { "name": "unit", "path": "(value.ofType(Quantity).code | value.ofType(Quantity).unit).first()", "type": "string" },
    { "name": "value_code", "path": "value.ofType(CodeableConcept).coding.first().code", "type": "code" },
    { "name": "value_text", "path": "(value.ofType(string) | value.ofType(CodeableConcept).text).first()", "type": "string" },
    { "name": "low", "path": "referenceRange.first().low.value", "type": "decimal" },
    { "name": "high", "path": "referenceRange.first().high.value", "type": "decimal" },
    { "name": "interpretation", "path": "interpretation.first().coding.first().code", "type": "code" }
   ]
  }
 ]
}'),
    ('medications', 'a request for a medication, with its first coding and dosage', '{
 "resourceType": "ViewDefinition",
 "name": "medications",
 "status": "active",
 "resource": "MedicationRequest",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    { "name": "intent", "path": "intent", "type": "code" },
    { "name": "authored", "path": "authoredOn", "type": "dateTime" },
    { "name": "system", "path": "(medication.ofType(CodeableConcept) | contained.ofType(Medication).code).coding.first().system", "type": "uri" },
    { "name": "code", "path": "(medication.ofType(CodeableConcept) | contained.ofType(Medication).code).coding.first().code", "type": "code" },
    { "name": "display", "path": "(medication.ofType(CodeableConcept) | contained.ofType(Medication).code).select(coding.display | text).first()", "type": "string" },
    { "name": "medication_id", "path": "medication.ofType(Reference).getReferenceKey(Medication)", "type": "id" },
    { "name": "dosage_text", "path": "dosageInstruction.first().text", "type": "string" },
    { "name": "route", "path": "dosageInstruction.first().route.coding.first().code", "type": "code" },
    { "name": "dose", "path": "dosageInstruction.first().doseAndRate.first().dose.ofType(Quantity).value", "type": "decimal" },
    { "name": "dose_unit", "path": "dosageInstruction.first().doseAndRate.first().dose.ofType(Quantity).unit", "type": "string" },
    { "name": "refills", "path": "dispenseRequest.numberOfRepeatsAllowed", "type": "unsignedInt" }
   ]
  }
 ]
}'),
    ('immunizations', 'an immunization, given or not', '{
 "resourceType": "ViewDefinition",
 "name": "immunizations",
 "status": "active",
 "resource": "Immunization",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "patient.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    { "name": "occurred", "path": "occurrence.ofType(dateTime)", "type": "dateTime" },
    { "name": "cvx", "path": "vaccineCode.coding.where(system = ''http://hl7.org/fhir/sid/cvx'').first().code", "type": "code" },
    { "name": "display", "path": "(vaccineCode.coding.display | vaccineCode.text).first()", "type": "string" },
    { "name": "lot_number", "path": "lotNumber", "type": "string" },
    { "name": "dose", "path": "doseQuantity.value", "type": "decimal" },
    { "name": "dose_unit", "path": "doseQuantity.unit", "type": "string" },
    { "name": "primary_source", "path": "primarySource", "type": "boolean" }
   ]
  }
 ]
}'),
    ('procedures', 'a procedure, with its first coding', '{
 "resourceType": "ViewDefinition",
 "name": "procedures",
 "status": "active",
 "resource": "Procedure",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "subject.getReferenceKey(Patient)", "type": "id" },
    { "name": "encounter_id", "path": "encounter.getReferenceKey(Encounter)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    { "name": "system", "path": "code.coding.first().system", "type": "uri" },
    { "name": "code", "path": "code.coding.first().code", "type": "code" },
    { "name": "display", "path": "(code.coding.display | code.text).first()", "type": "string" },
    { "name": "performed", "path": "(performed.ofType(dateTime) | performed.ofType(Period).start).first()", "type": "dateTime" },
    { "name": "performed_end", "path": "performed.ofType(Period).end", "type": "dateTime" }
   ]
  }
 ]
}'),
    ('allergies', 'an allergy or intolerance', '{
 "resourceType": "ViewDefinition",
 "name": "allergies",
 "status": "active",
 "resource": "AllergyIntolerance",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "patient.getReferenceKey(Patient)", "type": "id" },
    { "name": "clinical_status", "path": "clinicalStatus.coding.first().code", "type": "code" },
    { "name": "verification_status", "path": "verificationStatus.coding.first().code", "type": "code" },
    { "name": "type", "path": "type", "type": "code" },
    { "name": "category", "path": "category.first()", "type": "code" },
    { "name": "criticality", "path": "criticality", "type": "code" },
    { "name": "system", "path": "code.coding.first().system", "type": "uri" },
    { "name": "code", "path": "code.coding.first().code", "type": "code" },
    { "name": "display", "path": "(code.coding.display | code.text).first()", "type": "string" },
    { "name": "onset", "path": "onset.ofType(dateTime)", "type": "dateTime" },
    { "name": "reaction", "path": "reaction.first().manifestation.first().select((coding.display | text).first())", "type": "string" }
   ]
  }
 ]
}'),
    ('coverage', 'a coverage: who is covered by whom, and when', '{
 "resourceType": "ViewDefinition",
 "name": "coverage",
 "status": "active",
 "resource": "Coverage",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "beneficiary.getReferenceKey(Patient)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    { "name": "type", "path": "type.coding.first().code", "type": "code" },
    { "name": "relationship", "path": "relationship.coding.first().code", "type": "code" },
    { "name": "subscriber_id", "path": "subscriberId", "type": "string" },
    { "name": "payor_id", "path": "payor.first().getReferenceKey(Organization)", "type": "id" },
    { "name": "payor", "path": "payor.first().display", "type": "string" },
    { "name": "started", "path": "period.start", "type": "dateTime" },
    { "name": "ended", "path": "period.end", "type": "dateTime" }
   ]
  }
 ]
}'),
    ('claims', 'a line of a claim', '{
 "resourceType": "ViewDefinition",
 "name": "claims",
 "status": "active",
 "resource": "Claim",
 "select": [
  {
   "column": [
    { "name": "id", "path": "getResourceKey()", "type": "id" },
    { "name": "patient_id", "path": "patient.getReferenceKey(Patient)", "type": "id" },
    { "name": "status", "path": "status", "type": "code" },
    { "name": "use", "path": "use", "type": "code" },
    { "name": "type", "path": "type.coding.first().code", "type": "code" },
    { "name": "billable_start", "path": "billablePeriod.start", "type": "dateTime" },
    { "name": "billable_end", "path": "billablePeriod.end", "type": "dateTime" },
    { "name": "created", "path": "created", "type": "dateTime" },
    { "name": "total", "path": "total.value", "type": "decimal" },
    { "name": "currency", "path": "total.currency", "type": "code" }
   ]
  },
  {
   "forEachOrNull": "item",
   "column": [
    { "name": "line", "path": "sequence", "type": "positiveInt" },
    { "name": "product_system", "path": "productOrService.coding.first().system", "type": "uri" },
    { "name": "product_code", "path": "productOrService.coding.first().code", "type": "code" },
    { "name": "product_text", "path": "(productOrService.coding.display | productOrService.text).first()", "type": "string" },
    { "name": "quantity", "path": "quantity.value", "type": "decimal" },
    { "name": "net", "path": "net.value", "type": "decimal" }
   ]
  }
 ]
}')
    ) AS v (name, description, view);
END;

COMMENT ON FUNCTION pgclinical.view_library() IS
'ready ViewDefinitions for create_view and create_warehouse_view, a row each: its name, what a row of it is, the definition';

REVOKE ALL ON FUNCTION pgclinical.view_library() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.view_library()
    TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;
