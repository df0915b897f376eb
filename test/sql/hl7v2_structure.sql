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
