-- Groups, validation and acknowledgements of HL7 v2 messages.
\pset null '(null)'
SET client_min_messages = warning;

CREATE TEMP TABLE feed (id int, m hl7v2);
INSERT INTO feed VALUES
(1, E'MSH|^~\\&|LAB|HOSP|||20240102030405||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||A1^^^H^MR||DOE^JO\rPV1|1|I\rOBR|1||F1|100^CBC^L\rOBX|1|NM|718-7^Hb^LN||14|g/dL|||||F\rNTE|1||note\rSPM|1|||BLD\rOBX|1|ST|X^Y^L||of the specimen||||||F\rOBR|2||F2|200^GLU^L\rOBX|1|NM|2345-7^Glu^LN||90|mg/dL|||||F\rZZX|1\rPID|2\rAL1|1'),
(2, E'MSH|^~\\&|A|B|||2024||ZZZ^Z01|1|P|2.5\rPID|1\rOBX|1\r');

-- An OBX belongs to its own OBR or SPM.  What has no place is kept where it came, and said so.
SELECT g.* FROM feed, hl7v2_groups(m) g WHERE feed.id = 1 ORDER BY ordinal;

-- A structure that is not defined has no groups.
SELECT g.* FROM feed, hl7v2_groups(m) g WHERE feed.id = 2 ORDER BY ordinal;

-- Every segment has one row, in order, with its group's parent among the groups before it.
SELECT feed.id, (SELECT count(*) FROM hl7v2_groups(m)) = (SELECT count(*) FROM hl7v2_segments(m)) AS each_once,
    (SELECT bool_and(g.id = s.id) FROM hl7v2_groups(m) g JOIN hl7v2_segments(m) s USING (ordinal)) AS same_ids,
    (SELECT bool_and(parent_number < group_number) FROM hl7v2_groups(m)) AS parents_first
FROM feed ORDER BY feed.id;
SELECT count(*) AS rows_of_null FROM hl7v2_groups(NULL);

-- Findings: code of table 0357, place as in ERR-2, severity; never what stands there.
CREATE TEMP TABLE bad (id int, m hl7v2);
INSERT INTO bad VALUES
(1, E'MSH|^~\\&|ADT|HOSP|||20240102030405||ADT^A01^ADT_A01|1|P|2.5.1\rEVN||20240102030405\rPID|1||A1^^^H^MR||DOE^JOHN||19700101|M\rPV1|1|I\r'),
(2, E'MSH|^~\\&|ADT|HOSP|||20240102030405||ADT^A01^ADT_A01|2|P|2.5.1\rPID|1||||SECRET^JOHN||SECRET|SECRET\rZZZ|1\rOBR|1|||SECRET\rPV1|1|I~I\r'),
(3, E'MSH|^~\\&|LAB|HOSP|RECV|RF|20240102030405||ORU^R01^ORU_R01|3|Q|2.3|||AL|ER\rPID|1||A1||DOE^JOHN\rOBR|1|||1^T\rOBX|1|NM|1^A^L||SECRET||||||F\rOBX|1|CE|1^A^L||x^y^L||||||F\r');
SELECT bad.id, i.severity, i.code, i.format_code, i.location, i.message FROM bad, hl7v2_issues(m) i ORDER BY bad.id;
SELECT count(*) FILTER (WHERE i::text LIKE '%SECRET%') AS leaks FROM bad, hl7v2_issues(m) i;
SELECT count(*) AS rows_of_null FROM hl7v2_issues(NULL);
-- By another version: CE is no type of OBX-2 in 2.7.
SELECT count(*) FILTER (WHERE (i).location LIKE 'OBX^2^2%') AS ce FROM bad, hl7v2_issues(m, '2.7') i WHERE id = 3;
SELECT hl7v2_issues(m, '3') FROM bad;
-- A site's profile asks for more, or waives.
SELECT i.location, i.message FROM bad, hl7v2_issues(m, profile => '{"segments": [
    {"segment": "NK1", "usage": "R"},
    {"segment": "PID", "fields": [{"field": 3, "component": 5, "usage": "R", "valueSet": ["PI"]},
                                  {"field": 11, "usage": "R"}]}], "tables": {"0004": ["O"]}}') i WHERE id = 1;
SELECT i.location, i.message FROM bad, hl7v2_issues(m, profile => '{"segments": [
    {"segment": "EVN", "usage": "O"}, {"segment": "PID", "fields": [{"field": 3, "usage": "O"}]}]}') i
WHERE id = 2 AND i.location ~ 'EVN|PID\^1\^3';
SELECT hl7v2_issues(m, profile => '{"segments": [{"segment": "PID", "usages": "R"}]}') FROM bad;
SELECT hl7v2_issues(m, profile => '{"segments": [{"segment": "PID", "usage": "SECRET"}]}') FROM bad;

-- Acknowledgements.  The code follows from the issues, the mode from MSH-15 and MSH-16.
SELECT id, replace(hl7v2_ack(m, NULL, ARRAY(SELECT hl7v2_issues(m)))::text, E'\r', E'\n') AS ack FROM bad ORDER BY id;
SELECT replace(hl7v2_ack(m, 'AA', NULL, '2024-01-02 03:04:05.678+02', 'C1')::text, E'\r', E'\n') AS ack
FROM bad WHERE id = 3;
-- A duplicate is answered alike; another message or code is not.
SELECT bool_and(hl7v2_ack(m) = hl7v2_ack(m)) AS same, count(DISTINCT hl7v2_ack(m) ->> 'MSH-10') AS ids,
    count(DISTINCT hl7v2_ack(m, 'AE') ->> 'MSH-10') AS other_ids,
    bool_and(length(hl7v2_ack(m) ->> 'MSH-10') = 20) AS fit
FROM bad;
SELECT id, code, hl7v2_ack_is_due(m, code) AS due FROM bad, unnest(ARRAY['AA', 'AE', 'CA', 'CE']) code
WHERE id IN (1, 3) ORDER BY id, code;
SELECT hl7v2_ack_code(m, NULL) AS accepted,
    hl7v2_ack_code(m, ARRAY[('error', 'x', '101', '', '', '')::clinical_issue]) AS error,
    hl7v2_ack_code(m, ARRAY[('error', 'x', '101', '', '', ''), ('error', 'x', '200', '', '', '')]::clinical_issue[]) AS rejected,
    hl7v2_ack_code(m, ARRAY[('warning', 'x', '103', '', '', ''), NULL]::clinical_issue[]) AS warned
FROM bad WHERE id IN (1, 3) ORDER BY id;
-- Text of an issue cannot break the answer, nor a place that is none.
SELECT replace(hl7v2_ack(m, 'AE', ARRAY[('fatal', 'x', 'own|code', E'a|b\r', '', E'x|y^z\rMSH|')]::clinical_issue[])::text, E'\r', E'\n')
FROM bad WHERE id = 1;
SELECT hl7v2_ack(m, 'XX') FROM bad;
SELECT hl7v2_ack(m, sent => 'infinity') FROM bad;
SELECT hl7v2_ack(NULL) IS NULL AS null_in;
-- Every acknowledgement is a message without findings of its own.
SELECT bad.id, i.severity, i.format_code, i.location, i.message
FROM bad, LATERAL (SELECT hl7v2_ack(m, NULL, ARRAY(SELECT hl7v2_issues(m))) AS a) x, hl7v2_issues(a) i ORDER BY 1;
