# Hostile HL7 v2: messages made to cost time or memory, databases that lack a character, and damaged
# messages whose content must not come back in an error.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('hostile');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "log_min_messages = info\nlog_statement = none\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pgclinical');

# --- Time

$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION oru(rest text) RETURNS hl7v2 LANGUAGE sql AS $$
SELECT (E'MSH|^~\\&|A|B|C|D|20240101||ORU^R01|1|P|2.5\rPID|1||1' || rest)::hl7v2 $$;
CREATE TABLE hostile AS
SELECT 'repetitions' AS name, oru(repeat('~a', 1000000)) AS m
UNION ALL SELECT 'delimiters', oru('~' || repeat('^&', 50000000))
UNION ALL SELECT 'fields', oru(repeat('|', 50000000))
UNION ALL SELECT 'segments', oru(E'\r' || repeat(E'OBX|1|NM|a||1\r', 900000))
UNION ALL SELECT 'blank lines', oru(repeat('~\.sp999\', 1000000));
CREATE TABLE contents AS SELECT convert_to(string_agg(m::text, E'\r') || repeat(E'MSH|^~\\&|A\r', 5000000), 'UTF8') AS c
FROM hostile WHERE name = 'segments';
SQL

# A statement that is done in time, or ends soon after its time is over.
for my $query (
	'SELECT count(*) FROM hostile, hl7v2_fields(m)',
	q(SELECT count(*) FROM hostile, hl7v2_values(m, 'PID-3[1="x"]')),
	q(SELECT count(*) FROM hostile, hl7v2_values(m, 'OBX[5="x"]-3')),
	q(SELECT count(*) FROM hostile, hl7v2_values(m, 'PID-3.1')),
	q(SELECT count(hl7v2_get(m, 'OBX[3="x"]-3')) FROM hostile, generate_series(1, 1000)),
	'SELECT count(*) FROM hostile, hl7v2_segments(m)',
	q(SELECT count(*) FROM hostile, hl7v2_fhir(m) WHERE name = 'segments'),
	q(SELECT count(*) FROM hostile, hl7v2_fhir(m) WHERE name = 'repetitions'),
	'SELECT count(*) FROM contents, hl7v2_messages(c)')
{
	my $start = time;
	my ($code, $out, $err) = $node->psql('postgres', "SET statement_timeout = '300ms'; $query");
	cmp_ok(time - $start, '<', 1.8, "ends within a second of its timeout: $query");
	like($err, qr/^$|canceling statement due to statement timeout/, 'done or cancelled');
}
is($node->safe_psql('postgres', "SELECT count(*) FROM hostile, hl7v2_fields(m) WHERE name = 'repetitions'"),
	1000014, 'a million repetitions in one pass');
cmp_ok($node->safe_psql('postgres', "SELECT max(length(v)) FROM hostile, hl7v2_values(m, 'PID-3') v WHERE name = 'blank lines'"),
	'<', 1000, 'blank lines of a repetition are a page');

# --- Other encodings: a character without a place there costs its own message, not the file.

my $hex = sub { unpack 'H*', "MSH|^~\\&|A|B|C|D|20240101||ADT^A01^ADT_A01|1|P|2.5\rPID|1||1^^^A^MR||$_[0]\r" };
for my $encoding ('LATIN1', 'SQL_ASCII')
{
	my $database = lc $encoding;
	$node->safe_psql('postgres',
		"CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION pgclinical');
	my $bytes = $encoding eq 'LATIN1' ? '\xe9' : '\xc3a9';
	my ($e, $l) = ($hex->("\xc3\xa9"), $hex->("\xc5\x81"));
	is( $node->safe_psql($database, <<"SQL"), "$bytes|$bytes|t", "$encoding: decoded, converted");
SELECT (message ->> 'PID-5')::bytea, (r #>> '{name,0,family}')::bytea, message::text::hl7v2 = message
FROM hl7v2_messages('\\x$e'::bytea) m, hl7v2_fhir(m.message) r WHERE r ->> 'resourceType' = 'Patient'
SQL
	is( $node->safe_psql($database, <<"SQL"), $encoding eq 'LATIN1' ? "encoding|f\n|t" : "|t\n|t", "$encoding: a character it may lack");
SELECT (issue).code, message IS NOT NULL FROM _pgclinical.hl7v2_records('\\x$l$e'::bytea, NULL)
SQL
}

# --- Damaged messages: what they say is in no error and no issue.  A made-up word is put into
# messages, 10,000 times, and these are damaged further at random (from a fixed seed).

my $files = PostgreSQL::Test::Utils::tempdir();
system_or_bail("$ENV{SOURCE_ROOT}/test/data/generate.py", '--patients', '10', '--messages', '60', "$files/inbox");
my ($code, $out, $err) = $node->psql('postgres', <<"SQL");
CREATE TABLE message AS
SELECT row_number() OVER () AS n, m.message::text AS body
FROM pg_ls_dir('$files/inbox/adt') f, pg_read_binary_file('$files/inbox/adt/' || f) b, hl7v2_messages(b) m
WHERE m.message IS NOT NULL;
DO \$\$
DECLARE
    word text := 'Zebra' || 'fishing';
    damage text[] := ARRAY['', '', '|', '^', '~', '&', '\\', '"', E'\\r', E'\\n', 'MSH|', 'x', '\\X', '0', '#', ' '];
    body text;
    at int;
    bytes bytea;
    failures int := 0;
    issues int := 0;
    told text;
    error text;
    detail text;
    hint text;
    context text;
    total int := (SELECT count(*) FROM message);
    calls text[] := ARRAY[
        'SELECT count(*) FROM hl7v2_fhir(\$1::hl7v2)', 'SELECT hl7v2_bundle(\$1::hl7v2)',
        'SELECT count(*) FROM hl7v2_fields(\$1::hl7v2)',
        'SELECT hl7v2_get(\$1::hl7v2, substr(\$1, 60, 20))',
        'SELECT hl7v2_time(hl7v2_get(\$1::hl7v2, ''PID-7''))',
        'SELECT hl7v2_time(substr(\$1, length(\$1) / 2, 20), substr(\$1, length(\$1) / 3, 20))',
        'SELECT fhir_parse(to_json(\$1)::text || substr(\$1, 60, 20))',
        'SELECT fhir_parse(''{"a": "'' || \$1 || ''"}'')', 'SELECT fhir_parse(substr(\$1, 60, 100))',
        'SELECT count(*) FROM hl7v2_messages(convert_to(\$1, ''UTF8''), substr(\$1, 60, 20))',
        'SELECT count(*) FROM hl7v2_fhir(\$1::hl7v2, jsonb_build_object(''time_zone'', substr(\$1, 60, 20)))',
        'SELECT count(*) FROM hl7v2_fhir(\$1::hl7v2, jsonb_build_object(substr(\$1, 60, 20), 1))'];
    call text;
BEGIN
    PERFORM setseed(0.42);
    FOR i IN 1 .. 10000 LOOP
        body := (SELECT m.body FROM message m WHERE m.n = 1 + i % total);
        at := 1 + floor(random() * length(body));
        body := overlay(body PLACING word FROM at FOR floor(random() * 4)::int);
        FOR j IN 0 .. floor(random() * 4)::int LOOP
            at := 1 + floor(random() ^ 2 * length(body));
            body := overlay(body PLACING damage[1 + floor(random() * 16)] FROM at FOR floor(random() * 4)::int);
        END LOOP;
        call := calls[1 + i % 12];
        BEGIN
            EXECUTE call USING body;
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS error = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
                hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
            failures := failures + 1;
            IF concat(error, detail, hint, context) ~* 'zebra|fishing' THEN
                RAISE INFO 'leak by error: %: %', call, regexp_replace(concat(error, detail, hint, context), word, 'CANARY');
            END IF;
        END;
        at := floor(random() * length(body))::int;
        bytes := set_byte(convert_to(body, 'UTF8'), at, floor(random() * 256)::int);
        SELECT count(*), string_agg(q.issue::text, ' ') INTO at, told FROM (
            SELECT m.issue FROM hl7v2_messages(bytes) m
            UNION ALL SELECT r.issue FROM _pgclinical.hl7v2_records(bytes, NULL) r
            UNION ALL SELECT c.issue FROM hl7v2_messages(bytes) m, _pgclinical.hl7v2_convert(m.message, '{}') c
        ) q WHERE (q.issue).code IS NOT NULL;
        issues := issues + at;
        IF told ~* 'zebra|fishing' THEN
            RAISE INFO 'leak by issue: %', substr(told, 1, 200);
        END IF;
    END LOOP;
    RAISE INFO 'failures %, issues %', failures > 5000, issues > 20000;
END \$\$;
SQL
is($err, "psql:<stdin>:66: INFO:  failures t, issues t", 'no word of a damaged message is told') or diag(substr $err, 0, 3000);
unlike(slurp_file($node->logfile), qr/zebra|fishing/i, 'nor is it in the log');

# --- A file that cannot be read keeps no other waiting, and is loaded once it can.

my $folder = PostgreSQL::Test::Utils::tempdir();
append_to_file("$folder/$_.hl7", "MSH|^~\\&|A|F|||20240101||ADT^A08|$_|P|2.5\rPID|1||$_^^^X^MR\r") for 1 .. 3;
chmod 0, "$folder/2.hl7";
my $run = "SET client_min_messages = warning; CALL pgclinical.run('ehr', 'adt')";
$node->safe_psql('postgres', <<"SQL");
SELECT pgclinical.create_warehouse('ehr');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$folder');
SELECT pgclinical.create_feed('ehr', 'adt', 'inbox', '*.hl7', 'hl7v2');
SQL
SKIP: {
	skip 'this user reads everything', 5 if -r "$folder/2.hl7";
	($code, $out, $err) = $node->psql('postgres', $run);
	like($err, qr/WARNING:  files that could not be read: 1\n/, 'a file that cannot be read is counted');
	is($node->safe_psql('postgres', "SELECT string_agg(state, ' ' ORDER BY file) FROM ehr.file"),
		'done missing done', 'the others are loaded');
	mkdir "$folder/lost+found", 0;
	($code, $out, $err) = $node->psql('postgres', "SELECT count(*) FROM _pgclinical.server_files('inbox', '**/*.hl7')");
	is($out, 3, 'a folder that cannot be opened is passed over');
	like($err, qr/passed over: 1\n/, 'and counted');
	rmdir "$folder/lost+found";
	chmod 0600, "$folder/2.hl7";
	$node->safe_psql('postgres', $run);
	is($node->safe_psql('postgres', "SELECT string_agg(state, ' ' ORDER BY file), (SELECT count(*) FROM ehr.record) FROM ehr.file"),
		'done done done|3', 'and it, once it can be read');
}

# The installation schema is whoever's choice who installs it.
$node->safe_psql('postgres', 'CREATE DATABASE elsewhere');
$node->safe_psql('elsewhere', 'CREATE SCHEMA clinical; CREATE EXTENSION pgclinical SCHEMA clinical');
is( $node->safe_psql('elsewhere', <<'SQL'), "7|Patient\n0", 'installed into another schema');
SELECT clinical.hl7v2_get(m, 'PID-3.1'), clinical.hl7v2_fhir(m) ->> 'resourceType'
FROM (SELECT E'MSH|^~\\&|A|B|||20260101||ADT^A28|1|P|2.5.1\rPID|1||7^^^B^MR'::clinical.hl7v2 AS m) x
LIMIT 1;
SET search_path = pg_catalog;
SELECT count(pgclinical.create_warehouse('ehr')) - 1;
SQL

$node->stop;
done_testing();
