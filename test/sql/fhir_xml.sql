-- FHIR XML: to jsonb and back, refusals with a place and without content.
\pset tuples_only on
\pset format unaligned
\set SHOW_CONTEXT never

SELECT fhir_from_xml($$<?xml version="1.0" encoding="ISO-8859-1"?>
<Patient xmlns="http://hl7.org/fhir">
  <!-- a comment -->
  <id value="p"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">a <b>ü</b></div></text>
  <contained><Organization><id value="o"/><name value="A &amp; B"/></Organization></contained>
  <active value="true"/>
  <name><given value="A"/><given><extension url="urn:x"><valueDecimal value="1.50"/></extension></given></name>
  <birthDate value="1970"><extension url="urn:y"><valueInteger value="7"/></extension></birthDate>
  <multipleBirthInteger value="2"/>
</Patient>$$);
SELECT fhir_to_xml('{"multipleBirthInteger":2,"name":[{"given":["A",null],"_given":[null,{"id":"g","extension":[{"url":"urn:x","valueDecimal":1.50}]}]}],"id":"p","resourceType":"Patient"}');

-- A law: there and back is the same document, whatever the order of members was.
SELECT fhir_from_xml(fhir_to_xml(r)) = r, fhir_from_xml(fhir_to_xml(r))::text = r::text FROM (VALUES
    ('{"resourceType":"Observation","status":"final","code":{"text":"a\nb\t\"<>&''"},"valueQuantity":{"value":1.00}}'::jsonb),
    ('{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Parameters","parameter":[{"name":"n","resource":{"resourceType":"Basic","code":{"text":"x"}}}]}}]}'),
    ('{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"1","type":"group","item":[{"linkId":"1.1","type":"display"}]}]}'),
    ('{"resourceType":"Basic","code":{"coding":[{"_system":{"extension":[{"url":"urn:x","valueUri":"urn:y"}]}}]}}')) v (r);

SELECT fhir_from_xml(NULL) IS NULL, fhir_to_xml(NULL) IS NULL, fhir_try_from_xml('<a/>') IS NULL;
SELECT fhir_from_xml('<Patient xmlns="http://hl7.org/fhir"><secret/></Patient>');
SELECT fhir_from_xml('<Patient xmlns="http://hl7.org/fhir"><name><family value="a"/><family value="b"/></name></Patient>');
SELECT fhir_from_xml('<Patient xmlns="http://hl7.org/fhir"><name>');
SELECT fhir_from_xml('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"/>');
SELECT fhir_from_xml(repeat('<a>', 1000));
SELECT fhir_to_xml('{"resourceType":"Patient","secret":1}');
SELECT fhir_to_xml('{"resourceType":"Patient","birthDate":"secret\u0001"}');
SELECT fhir_to_xml('[]');
