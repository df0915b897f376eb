-- HL7 date/times as timestamptz.
\pset null '(null)'
SET DateStyle = ISO;
SET TimeZone = 'UTC';

SELECT v AS value, z AS zone, hl7v2_time(v, z)
FROM (VALUES ('20240102030405-0500', NULL), ('20240102030405.1234567+0530', NULL), ('20240102030405', NULL), ('20240102030405', '+01:00'),
    ('20240102030405-0500', '+01:00'), ('202401020304', 'Z'), ('2024010203', 'UTC'), ('20240102', '-0330'), ('202402', 'UTC'), ('2024', 'UTC'), ('2024', NULL),
    ('20240702120000', 'America/New_York'), ('20240102120000', 'America/New_York'), ('20161231235960', 'UTC'), ('0001', 'UTC'), ('99991231235959', 'UTC'),
    -- The clock shows 01:30 twice (the first time is meant) and never shows 02:30.
    ('20241103013000', 'America/New_York'), ('20240310023000', 'America/New_York'), (NULL, 'UTC')) t(v, z);

-- The session's time zone plays no part.
CREATE TEMP TABLE seen AS SELECT hl7v2_time('20240102030405', 'Europe/Berlin') AS a, hl7v2_time('20240102030405') AS b, hl7v2_time('20240102030405+0000') AS c;
SET TimeZone = 'Asia/Tokyo';
SELECT a = hl7v2_time('20240102030405', 'Europe/Berlin') AS a, hl7v2_time('20240102030405') IS NULL AS b, c = hl7v2_time('20240102030405+0000') AS c FROM seen;

-- What is no date/time.
DO $$
DECLARE
    v text;
    state text;
    words text;
    place text;
BEGIN
    FOREACH v IN ARRAY ARRAY['', '""', '2', '202', '20241', '2024010', '202401020', '20240102030', '2024-01-02', '01/31/1969', '00000000', '20241301', '20240230',
        '20230229', '2024010224', '202401020360', '20240102030461', '20240102030405.', '202401020304.5', '20240102030405+', '20240102030405+5', '20240102030405+0560',
        '20240102030405+2400', '20240102030405Z', ' 2024', '2024 ', '2024010203040506', 'SECRET', '１２３４']
    LOOP
        BEGIN
            PERFORM hl7v2_time(v, 'UTC');
            RAISE INFO 'no error: %', v;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, words = MESSAGE_TEXT, place = PG_EXCEPTION_DETAIL;
            RAISE INFO '% %: %', state, words, place;
        END;
        IF hl7v2_time_try(v, 'UTC') IS NOT NULL THEN RAISE INFO 'hl7v2_time_try disagrees'; END IF;
    END LOOP;
END $$;
SELECT hl7v2_time('2024', 'Nowhere/Nothing');
SELECT hl7v2_time_try('2024', '');
