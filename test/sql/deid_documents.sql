-- deid: C-CDA and X12.  Every element with canaries: test/conformance/deid_documents.sh.
SET xmloption = document;
CREATE TEMP TABLE cda (n int, document xml);
INSERT INTO cda VALUES (1, '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/><templateId root="1.2.3.99"/>
<id root="1.2.3" extension="DOC-77"/><code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Zelda"/><title>Zelda Quigley</title>
<effectiveTime value="20200304050607-0500"/><languageCode code="en-US"/><!-- Zelda -->
<recordTarget><patientRole><id root="1.2.3.4" extension="MRN-12345"/><id root="2.16.840.1.113883.4.1" extension="123-45-6789"/>
<addr use="HP">12 Elm <streetAddressLine>12 Elm St</streetAddressLine><city>Salem</city><state>MA</state><postalCode>01970</postalCode><country>US</country></addr>
<telecom value="tel:+1-617-555-1212"/><patient><name><given>Zelda</given><family>Quigley</family></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19600405"/><raceCode code="2106-3" codeSystem="2.16.840.1.113883.6.238"/>
<guardian><guardianPerson><name>Bob</name></guardianPerson></guardian></patient></patientRole></recordTarget>
<author><time value="20200304"/><assignedAuthor><id extension="999"/><assignedPerson><name>Dr. Zelda</name></assignedPerson></assignedAuthor></author>
<component><structuredBody><component><section><templateId root="2.16.840.1.113883.10.20.22.2.3.1"/><code code="30954-2" codeSystem="2.16.840.1.113883.6.1"/><title>Zelda</title><text>Zelda called</text>
<entry typeCode="DRIV"><observation classCode="OBS" moodCode="EVN"><id root="9.9"/><code code="8480-6" codeSystem="2.16.840.1.113883.6.1"><originalText>Zelda</originalText></code><statusCode code="completed"/>
<effectiveTime value="20200304"/><value xsi:type="PQ" value="118" unit="mm[Hg]"/></observation></entry>
<entry><observation classCode="OBS" moodCode="EVN"><code code="21112-8" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="TS" value="19600405"/></observation></entry>
<entry><observation classCode="OBS" moodCode="EVN"><code code="30525-0" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="95" unit="a"/></observation></entry>
<entry><observation classCode="OBS" moodCode="EVN"><code code="Bob" codeSystem="1.2.3"/><value xsi:type="INT" value="7"/></observation></entry>
</section></component></structuredBody></component></ClinicalDocument>'), (2, '<other/>');
SELECT n, replace(deid_safe_harbor(document, NULL, '2024-06-01')::text, '><', E'>\n<') AS copy FROM cda ORDER BY n;
SELECT n, r.* FROM cda, deid_references(document) r ORDER BY domain COLLATE "C";
SELECT substring(deid_safe_harbor(document, NULL, '2024-06-01', '{"Patient/MRN-12345|1.2.3.4":"p1","DocumentReference/DOC-77|1.2.3":"d1"}')::text
       FROM '<patientRole>.*?/>') AS coded FROM cda WHERE n = 1;
SELECT deid_safe_harbor(document, NULL, '2024-06-01', '{}') FROM cda WHERE n = 1;
SELECT deid_safe_harbor(NULL::xml) IS NULL AS null_is_null;
SELECT count(*) AS leaks FROM cda WHERE deid_safe_harbor(document)::text ~* 'zelda|quigley|bob|elm|salem|617|12345|0304|0405|DOC-77|999|9\.9';

-- X12: control numbers anew, 1 January for each year, claims and remittances by one code.
\set claim '\'ISA*00*          *00*          *ZZ*GOODHOSP       *ZZ*PAYER          *200304*1253*^*00501*000000907*1*T*:~GS*HC*GOODHOSP*PAYER*20200304*1253*907*X*005010X222A1~ST*837*17712*005010X222A1~BHT*0019*00*77ZQ*20200304*1253*CH~NM1*85*2*GOODHOSP*****XX*1234567893~N3*12 ELM~N4*SALEM*MA*01970~REF*EI*123456789~HL*1**20*1~SBR*P*18*******MB~NM1*IL*1*QUIGLEY*ZELDA****MI*M12345A~N4*SALEM*MA*01970~DMG*D8*19600405*F~CLM*PCN12345*766.50***11:B:1*Y*A*Y*Y~DTP*434*RD8*20200304-20210305~HI*ABK:E119*BE:A0:::01970*BH:11:D8:20200304~NTE*ADD*ZELDA CALLED~LX*1~SV1*HC:99213:25*766.5*UN*1***1~DTP*472*D8*20200304~ZZZ*ZELDA~SE*20*17712~GE*1*907~IEA*1*000000907~\''
SELECT replace(deid_x12(:claim, NULL, '2024-06-01'), '~', E'~\n');
SELECT * FROM deid_x12_references(:claim);
SELECT deid_x12(:claim, NULL, '2024-06-01', '{"Claim/PCN12345":"c1","Patient/M12345A":"p1"}') ~ 'MI\*p1~.*CLM\*c1\*' AS coded;
SELECT deid_x12(:claim, NULL, '2024-06-01', '{}');
-- Over 89: the birth date goes.
SELECT substring(deid_x12(replace(:claim, '19600405', b), NULL, '2024-06-01') FROM 'DMG[^~]*') AS dmg
FROM unnest(ARRAY['19340601', '19340602']) b;
SELECT deid_x12('GS*HC');
SELECT deid_x12(:claim, '{"known": ["99213"]}', '2024-06-01') ~ '99213' AS public_code;
SELECT deid_x12(NULL) IS NULL AS null_is_null;
