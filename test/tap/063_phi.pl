# Nothing about a patient comes from our code into a log, an error, a notice, a statistic, a plan,
# pg_stat_activity, a temporary file or a dump of what is not PHI.
#
# Every value about a patient is a canary.  They reach the server in files and in tables that are
# filled from files, so no statement holds one: whatever shows a canary has it from our code.  What
# the server itself prints stands in docs/security.md with the setting that closes it, and here, shown
# and closed.
use strict;
use warnings;

use File::Basename;
use File::Find;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $canary = qr/qzx7|7316429/i;
my $files = PostgreSQL::Test::Utils::tempdir();
mkdir "$files/$_" for qw(inbox inbox/adt keys);
append_to_file("$files/keys/research.key", '0123456789abcdef' x 4);
chmod 0400, "$files/keys/research.key";

my $node = PostgreSQL::Test::Cluster->new('phi');
$node->init;
$node->append_conf('postgresql.conf', <<"CONF");
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
pg_stat_statements.track_utility = on
pgclinical.crosswalk_key_file = '$files/keys/research.key'
log_min_messages = debug5
log_error_verbosity = verbose
log_statement = none
log_min_error_statement = panic
log_temp_files = 0
work_mem = 64kB
CONF
$node->start;
my $debug = 'SET client_min_messages = debug1;';

# --- canaries in every format, well formed and not

my $n = 0;
sub word { return 'Qzx7' . (shift // 'W') . ++$n }
sub number { return '7316429' . sprintf '%03d', ++$n }

sub message {
	my ($event, $mrn, $more) = @_;
	my @pid = ('PID', 1, '', "$mrn^^^" . 'HOSP^MR', number(), word('Fam') . '^' . word('Giv'), word(),
		'19310405', 'F', word('Alias'), word('Race'), join('^', word('Street'), '', word('City'), 'MA', '01970'),
		'', number(), number(), word('Lang'), word('Mar'), '', number(), number(), number());
	my $time = '20240102030405';
	return join("\r", "MSH|^~\\&|" . word('App') . "|HOSP|R|F|$time||$event|" . number() . '|P|2.5.1',
		"EVN||$time||" . word(), join('|', @pid), 'NK1|1|' . word('Kin') . '^' . word() . '|SPO|' . word(),
		'PV1|1|I|' . word('Ward') . '^1|||||' . number() . '^' . word('Doc') . '|' x 12 . number() . '^^^HOSP',
		$more, 'ZPI|' . word('Z')) . "\r";
}
my $mrn = number();
my $result = join "\r", 'ORC|RE|' . number() . '|' . number(), 'OBR|1|' . number() . '|' . number() . '|' . word('Test') . '^' . word() . '^L|||20240102',
	map { join '|', 'OBX', $_->[0], $_->[1], '8480-6^Systolic^LN', '', $_->[2], $_->[3], '', '', '', '', 'F', '', '', '2024' . word() }
	[1, 'NM', word('NotANumber'), word('Unit')], [2, 'TX', word('Note') . ' lives at ' . number(), ''], [3, 'CE', word('Code') . '^' . word() . '^L', ''],
	[4, 'ZZ', word(), ''], [5, 'DT', word('Date'), ''], [6, 'ED', '^' . word() . '^' . word() . '^Base64^' . word(), ''];
my @v2 = (message('ADT^A01', $mrn, 'DG1|1||' . word('Diag') . '^' . word() . '^I10'), message('ADT^A08', $mrn, 'AL1|1|' . word()),
	message('ORU^R01', $mrn, $result), message('ADT^A40', number(), "MRG|$mrn^^^HOSP^MR"), message('SIU^S12', number(), 'SCH|' . number() . '|' . word()),
	message('MDM^T02', number(), 'TXA|1|' . word()), message('ADT^' . word(), number(), ''), message('ADT^A01', '', ''));
my @bad_v2 = ("MSH|^~\\&|" . word() . "\rPID|" . word() . "\r", 'MSH' . word(), word() . "\rMSH|^~\\&|", "MSH|" . word() . "|",
	"MSH|^~\\&|A|B|C|D|" . word() . "||ADT^A01|1|P|2.5.1\rq\r" . word() . "\r", "MSH|^~\\&|||||||ADT^A01|" . word() . "|P|9.9\r\x{fe}" . word() . "\r");
my $all = join '', map { "\x0b$_\x1c\r" } @v2, @bad_v2;
append_to_file("$files/inbox/adt/" . word('File') . '.hl7', $all);
append_to_file("$files/inbox/adt/" . word('Cut') . '.hl7', substr $v2[0], 0, 200);
append_to_file("$files/inbox/adt/" . word('Raw') . '.hl7', "\x00\xff" . word() . "\n");

my $fhir = sprintf '{"resourceType":"Patient","id":"%s","name":[{"family":"%s","given":["%s"]}],"birthDate":"1931-04-05","identifier":[{"system":"http://%s","value":"%s"}],"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">%s</div>"}',
	word(), word('Fam'), word(), word(), number(), word();
my $cda = sprintf '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><id root="%s" extension="%s"/><title>%s</title><recordTarget><patientRole><id extension="%s"/><patient><name>%s</name><birthTime value="%s"/></patient></patientRole></recordTarget><component><structuredBody><component><section><text>%s</text></section></component></structuredBody></component>',
	word(), number(), word(), number(), word(), word(), word();
my $x12 = sprintf 'ISA*00*          *00*          *ZZ*%-15s*ZZ*RECEIVER       *240115*1200*^*00501*000000009*0*T*:~GS*HC*A*B*20240115*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~HL*1**22*0~NM1*IL*1*%s*%s****MI*%s~N3*%s~N4*SALEM*MA*01970~DMG*D8*%s*F~CLM*%s*100***11:B:1*Y*A*Y*Y~HI*ABK:%s~',
	word('S'), word('Fam'), word(), number(), word(), word(), number(), word();
my @input = (@v2, @bad_v2, $fhir . '}', $fhir, "$fhir,\"" . word() . '":', '{"resourceType":"' . word() . '"}', "[\"" . word() . '"', '"' . word() . '"',
	$fhir . ',"birthDate":"' . word() . '","gender":7316429001,"contact":"' . word() . '"}', $cda . '</ClinicalDocument>', $cda, "<!DOCTYPE x [<!ENTITY a \"" . word() . '">]>' . $cda,
	'<a ' . word() . '=1>', "<Patient xmlns=\"http://hl7.org/fhir\"><birthDate value=\"" . word() . '"/><' . word() . '/></Patient>', $x12 . 'SE*9*0001~GE*1*1~IEA*1*000000009~', $x12, 'ISA' . word(), "ISA*$x12",
	word('Note') . ' Quigley, MRN ' . number() . ", was seen\x{2009}by " . word() . '.', word(), number(), '5 ' . word('Unit'), '5 {' . word() . '}', 'mg/[' . word() . ']', 'http://' . word() . '|' . word(), '|' . word(), word() . '|', word() . "\n",
	'PID-5[' . word(), 'PID[3.1="' . word() . "\"", "Patient.name.where(family = '" . word(), 'Patient.' . word() . '()', "name.where(use = '" . word() . "').first(", '@2020-13-' . word(), 'Patient/' . word(), '2024-' . word(), word() . ',' . word() . "\n\"" . word(),
	'/' . word() . '/etc', 'SNOMED:' . word(), '[["' . word() . '"]]', '{"path":"' . word() . '","action":"' . word() . '"}', '{"mode":"safe_harbor","rules":[{"path":"' . word() . '","action":"remove"}]}', '{"birthDate":"' . word() . '"}', '{"known":[{"a":"' . word() . '"}]}', '{"resource":"Patient","select":[{"column":[{"path":"' . word() . '(","name":"' . word() . '"}]}]}');
sub copied { my $t = shift; $t =~ s/\\/\\\\/g; $t =~ s/\r/\\r/g; $t =~ s/\n/\\n/g; $t =~ s/\t/\\t/g; $t =~ s/\x00//g; $t =~ s/\xfe/\x{e9}/g; utf8::encode($t); return $t }
my $i = 0;
append_to_file("$files/input.tsv", join '', map { ++$i . "\t" . copied($_) . "\n" } @input);

# A site's own table, labelled: each row has what its columns are for, or anything else.
my @person = map {
	my $any = $_ % 3 == 2;
	[ $_ == 0 ? $mrn : number(), word('Fam') . ', ' . word('Giv'), $any ? word('Born') : '1931-04-05', $any ? word('When') : '20240102',
		$any ? word('Zip') : '02139', number(), $any ? word('Sex') : 'F', $any ? word('Code') : '8480-6', number(),
		word('Note') . ' lives at ' . word('Street') . '.', $any ? word() : $fhir . '}', $any ? word() : $v2[0],
		$any ? '<a>' . word() : $cda . '</ClinicalDocument>' ]
} 0 .. 11;
append_to_file("$files/person.tsv", join '', map { join("\t", map { copied($_) } @$_) . "\n" } @person);
append_to_file("$files/claim.tsv", join '', map { number() . "\t" . copied($_) . "\t" . number() . "\n" } $x12 . 'SE*9*0001~GE*1*1~IEA*1*000000009~', $x12, word());

# --- the work; what it says to the client is kept

my $said = '';
sub work {
	my ($sql, %how) = @_;
	my ($code, $out, $err) = $node->psql($how{db} // 'clinic', "\\set VERBOSITY verbose\n$debug\n$sql", on_error_stop => 0);
	$said .= $err;
	return $out;
}
$node->safe_psql('postgres', 'CREATE DATABASE clinic');
work(<<"SQL");
CREATE EXTENSION pg_stat_statements;
CREATE EXTENSION pgclinical;
CREATE SCHEMA phi;
CREATE TABLE phi.input (n int PRIMARY KEY, value text);
COPY phi.input FROM '$files/input.tsv';
CREATE TABLE phi.person (mrn text, name text, born text, admitted text, zip text, phone text, sex text, code text, amount numeric,
    note text, resource text, message text, document text);
COPY phi.person FROM '$files/person.tsv';
CREATE TABLE phi.claim (mrn text, claim text, number bigint);
COPY phi.claim FROM '$files/claim.tsv';
CREATE TABLE phi.line AS SELECT value AS line FROM phi.input;
SELECT pgclinical.create_warehouse('ehr');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$files/inbox');
SELECT pgclinical.create_feed('ehr', 'adt', 'inbox', '**/*', 'hl7v2');
SQL
# What every session shows, looked at all the time from another database.
$node->safe_psql('postgres', 'CREATE TABLE seen (text text PRIMARY KEY)');
my $loop = <<'SQL';
DO $$ BEGIN
    LOOP
        PERFORM pg_stat_clear_snapshot();
        INSERT INTO seen SELECT DISTINCT concat_ws(' ', application_name, query) FROM pg_stat_activity
        ON CONFLICT DO NOTHING;
        COMMIT;
        PERFORM pg_sleep(0.02);
    END LOOP;
END $$;
SQL
my $watch = IPC::Run::start([ 'psql', '-XAt', '-d', $node->connstr('postgres'), '-c', $loop ],
	'>', \my $watch_out, '2>', \my $watch_err);

work(<<'SQL');
CALL pgclinical.run('ehr', 'adt', 2);
CALL pgclinical.run('ehr');
CALL pgclinical.replay('ehr');
SELECT pgclinical.maintain('ehr');
SQL
cmp_ok($node->safe_psql('clinic', 'SELECT count(*) FROM ehr.patient'), '>', 2, 'patients were loaded');
cmp_ok($node->safe_psql('clinic', 'SELECT count(*) FROM ehr.quarantine'), '>', 2, 'records were quarantined');
work(<<'SQL');
SELECT pgclinical.link_patient('ehr', min(patient_id), max(patient_id)) FROM ehr.patient;
SELECT pgclinical.unlink_patient('ehr', min(patient_id), max(patient_id)) FROM ehr.patient;
SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'nobody knows of a way');
CALL pgclinical.release('ehr', 'research');
INSERT INTO pgclinical_crosswalk.policy (policy, mode) VALUES ('shifted', 'expert_determination');
INSERT INTO pgclinical_crosswalk.policy_rule (policy, format, path, action) VALUES
    ('shifted', 'hl7v2', '*', 'allow_list'), ('shifted', 'cda', '*', 'allow_list'), ('shifted', 'x12', '*', 'allow_list'),
    ('shifted', 'fhir', 'Patient.birthDate', 'date_shift'), ('shifted', 'hl7v2', 'PID-3.1', 'hash');
EXPLAIN (VERBOSE, ANALYZE) SELECT fhirpath_text(resource, 'name.family'), deid_safe_harbor(resource) FROM ehr.patient;
EXPLAIN (VERBOSE, ANALYZE) SELECT hl7v2_get(hl7v2_try(value), 'PID-5.1') FROM phi.input;
SELECT pgclinical.report('ehr');
SELECT pgclinical.verify_audit('ehr');
SELECT pgclinical.risk('ehr.patient', ARRAY['patient_id']::name[]);
SELECT pgclinical.create_view('patient_names', '{"resource":"Patient","select":[{"column":[{"name":"family","path":"name.family.first()"}]}]}', 'ehr.patient');
SELECT count(*) FROM patient_names;
SQL

# Labelled tables: proposed, labelled, refused, released in every mode, masked.
work(<<'SQL');
SELECT * FROM pgclinical.suggest_labels('phi.person');
SELECT pgclinical.label_column(('phi.' || t)::regclass, c, l) FROM (VALUES
    ('person', 'mrn', 'action=code domain=Patient authority=HOSP'), ('person', 'name', 'action=remove category=name'),
    ('person', 'born', 'action=year role=birth expert_determination=date_shift'), ('person', 'zip', 'action=zip3'),
    ('person', 'admitted', 'action=year expert_determination=date_shift'), ('person', 'phone', 'action=remove category=phone'),
    ('person', 'sex', 'action=keep values=M|F'), ('person', 'code', 'action=keep system=http://loinc.org'),
    ('person', 'amount', 'action=keep digits=3 expert_determination=remove'), ('person', 'note', 'format=text'),
    ('person', 'resource', 'format=fhir authority=HOSP expert_determination=remove'),
    ('person', 'message', 'format=hl7v2 expert_determination=remove'), ('person', 'document', 'format=ccda expert_determination=remove'),
    ('claim', 'mrn', 'action=code domain=Patient authority=HOSP expert_determination=hash'), ('claim', 'claim', 'format=x12'),
    ('claim', 'number', 'action=keep digits=18 expert_determination=remove')) x(t, c, l);
SELECT * FROM pgclinical.table_policy('phi.person');
CALL pgclinical.release_tables('ehr', 'registry', ARRAY['phi.person']::regclass[]);
SELECT pgclinical.attest('ehr', 'registry', 'safe_harbor', 'nobody knows of a way', ARRAY['phi.person']::regclass[]),
    pgclinical.attest('ehr', 'claims', 'limited_data_set', 'nobody knows of a way', ARRAY['phi.claim']::regclass[]),
    pgclinical.attest('ehr', 'moved', 'expert_determination', 'nobody knows of a way', ARRAY['phi.person']::regclass[]);
CALL pgclinical.release_tables('ehr', 'registry', ARRAY['phi.person']::regclass[]);
CALL pgclinical.release_tables('ehr', 'moved', ARRAY['phi.person']::regclass[], 'expert_determination');
CALL pgclinical.release_tables('ehr', 'claims', ARRAY['phi.claim']::regclass[], 'limited_data_set');
INSERT INTO phi.claim (number) SELECT mrn::bigint FROM phi.claim;
CALL pgclinical.release_tables('ehr', 'claims', ARRAY['phi.claim']::regclass[], 'limited_data_set');
SELECT pgclinical.label_column('phi.claim', 'number', 'action=remove');
SELECT pgclinical.attest('ehr', 'claims', 'limited_data_set', 'nobody knows of a way', ARRAY['phi.claim']::regclass[]);
CALL pgclinical.release_tables('ehr', 'claims', ARRAY['phi.claim']::regclass[], 'limited_data_set');
SELECT pgclinical.label_column('phi.person', 'document', 'action=remove');
SELECT pgclinical.create_masking_view('phi.person', 'phi.masked');
EXPLAIN (VERBOSE, ANALYZE) SELECT * FROM phi.masked;
SELECT pgclinical.release_evidence('ehr', 'claims');
SQL
is($node->safe_psql('clinic', "SELECT string_agg(target || ' ' || (SELECT count(*) FROM pgclinical_crosswalk.manifest m WHERE m.project = p.project), ', ' ORDER BY target)
		FROM pgclinical_crosswalk.project p WHERE target <> 'research'"), 'claims 2, moved 1, registry 1', 'tables were released');
is($node->safe_psql('clinic', "SELECT count(*) FROM pgclinical_crosswalk.refusal, jsonb_array_elements(leak_check) l WHERE l ->> 'path' = 'number'"), '1',
	'a residual identifier was refused');
is($node->safe_psql('clinic', 'SELECT count(*) FROM registry.person WHERE born IS NULL AND sex IS NOT NULL AND message IS NOT NULL AND document IS NOT NULL'), '8',
	'copies hold what may stay');

# Every public function, every input: an argument that takes data takes it from the table.
my @functions = split /\n/, $node->safe_psql('clinic', <<'SQL');
WITH f AS (
    SELECT p.oid, p.prokind, p.proname, n.nspname, t.place, format_type(t.type, NULL) AS type,
           coalesce(p.proargnames[t.place], '') AS name
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension e ON e.oid = d.refobjid AND e.extname = 'pgclinical',
    LATERAL unnest(p.proargtypes) WITH ORDINALITY t (type, place)
    WHERE n.nspname IN ('public', 'pgclinical') AND p.prokind IN ('f', 'p', 'a')
      AND NOT ARRAY['internal', 'cstring']::regtype[]::oid[] && p.proargtypes::oid[]
      AND p.proname NOT IN ('drop_warehouse', 'run', 'replay', 'release', 'release_tables', 'attest',
                            'retract_release', 'discard', 'create_feed', 'alter_feed', 'drop_feed')
)
SELECT format('%s %s(%s)%s', CASE prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, oid::regproc,
    string_agg(CASE
        -- names of objects, which the site gives
        WHEN nspname = 'pgclinical' AND name IN ('warehouse', 'against') THEN '''ehr'''
        WHEN nspname = 'pgclinical' AND name IN ('feed', 'server') THEN '''none'''
        WHEN nspname = 'pgclinical' AND name IN ('target', 'name', 'policy') AND type = 'text' THEN '''research'''
        WHEN name = 'warehouse' THEN '''ehr'''
        WHEN proname LIKE 'load\_%' AND type = 'text' THEN '''phi.line'''  -- a table of lines
        WHEN name = 'policy' THEN 'pgclinical.policy_document(''shifted'')'
        WHEN type = 'text' THEN 'v.value'
        WHEN type = 'jsonb' THEN 'try_cast.try_jsonb(v.value)'
        WHEN type = 'xml' THEN 'try_cast.try_xml(v.value)'
        WHEN type = 'bytea' THEN 'convert_to(v.value, ''UTF8'')'
        WHEN type = 'hl7v2' THEN 'hl7v2_try(v.value)'
        WHEN type IN ('coding', 'quantity') THEN format('v.value::%s', type)
        WHEN type = 'text[]' THEN 'ARRAY[v.value]'
        WHEN type = 'jsonb[]' THEN 'ARRAY[try_cast.try_jsonb(v.value)]'
        WHEN type = 'date' THEN 'date ''2024-06-01'''
        WHEN type IN ('integer', 'bigint', 'numeric', 'real', 'double precision') THEN '1'
        WHEN type = 'boolean' THEN 'true'
        ELSE format('NULL::%s', type) END, ', ' ORDER BY place),
    CASE prokind WHEN 'p' THEN '' ELSE ' FROM (SELECT value FROM phi.input WHERE n = :n) v' END)
FROM f GROUP BY oid, prokind, proname, nspname ORDER BY oid::regproc::text
SQL
cmp_ok(scalar @functions, '>', 100, 'there are functions to try: ' . @functions);
$node->safe_psql('clinic', <<'SQL');
CREATE SCHEMA try_cast;
CREATE FUNCTION try_cast.try_jsonb(t text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN RETURN t::jsonb; EXCEPTION WHEN OTHERS THEN RETURN jsonb_build_object('resourceType', 'Patient', t, t, 'id', t, 'birthDate', t, 'mode', t); END $$;
CREATE FUNCTION try_cast.try_xml(t text) RETURNS xml LANGUAGE plpgsql AS $$
BEGIN RETURN xmlparse(CONTENT t); EXCEPTION WHEN OTHERS THEN RETURN xmlelement(name a, t); END $$;
SQL
work(join '', "\\o /dev/null\nSET client_min_messages = notice;\n", map { my $k = $_; ("\\set n $k\n", map { "\\warn $_\n$_;\n" } grep { !/^CALL/ } @functions) } 1 .. @input);

# --- what was said

$node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'DO%' AND pid <> pg_backend_pid()");
$watch->kill_kill;
sub none {
	my ($text, $what) = @_;
	my @hits = grep { /$canary/ } split /\n/, $text;
	is(scalar @hits, 0, "$what: no canary") or diag(join "\n", map { substr $_, 0, 300 } @hits[0 .. ($#hits < 15 ? $#hits : 15)]);
}
append_to_file(dirname($node->logfile) . '/063_phi_said.txt', $said);
none($said, 'errors, notices and debug messages to the client');
none(slurp_file($node->logfile), 'server log');
my $seen = $node->safe_psql('postgres', 'SELECT text FROM seen');
like($seen, qr/CALL pgclinical.run/, 'pg_stat_activity was watched');
none($seen, 'pg_stat_activity');
none($node->safe_psql('clinic', 'SELECT query FROM pg_stat_statements'), 'pg_stat_statements');
none(work('SELECT pgclinical.report(\'ehr\')'), 'report');

# --- what the server itself prints (docs/security.md), and the setting that closes it

my $m = 0;
sub printed {
	my ($what, $sql, $open, $closed) = @_;
	for my $how ([ 'shown', $open, 1 ], [ "closed by $closed", $closed, 0 ]) {
		my $secret = 'Srv' . ++$m . 'Q';
		my $before = -s $node->logfile;
		(my $statements = $sql) =~ s/SECRET/$secret/g;
		my ($code, $out, $err) = $node->psql('clinic', "$how->[1];\n$statements", on_error_stop => 0);
		my $text = substr(slurp_file($node->logfile), $before) . $out;
		is($text =~ /$secret/ ? 1 : 0, $how->[2], "$what: $how->[0]") or diag("$err\n", substr $text, 0, 500);
	}
}
my $quiet = 'SET log_min_error_statement = panic; SET log_error_verbosity = default';
$node->safe_psql('clinic', <<'SQL');
CREATE TABLE phi.key (mrn text PRIMARY KEY, age int);
CREATE ROLE nobody_special LOGIN;
GRANT USAGE ON SCHEMA phi TO nobody_special;
ALTER SYSTEM SET log_min_messages = warning;
SELECT pg_reload_conf();
SQL
$node->poll_query_until('clinic', "SELECT setting = 'warning' FROM pg_settings WHERE name = 'log_min_messages'");
# From a file, so that no statement holds it.
my $by_copy = "COPY (SELECT 'SECRET') TO '$files/secret'; TRUNCATE phi.key;";
printed('text of a failing statement', q{SELECT 'SECRET', 1 / 0;}, 'SET log_min_error_statement = error',
	'SET log_min_error_statement = panic');
printed('DETAIL of a failing constraint',
	"INSERT INTO phi.key VALUES ('SECRET', 1); INSERT INTO phi.key VALUES ('SECRET', 2);", $quiet,
	'SET log_min_error_statement = panic; SET log_error_verbosity = terse');
printed('CONTEXT of COPY', "$by_copy COPY phi.key FROM '$files/secret';", $quiet,
	'SET log_min_error_statement = panic; SET log_error_verbosity = terse');
printed('message of a failing cast', "$by_copy COPY phi.key (mrn) FROM '$files/secret'; SELECT mrn::int FROM phi.key;",
	'SET log_error_verbosity = terse', 'SET log_error_verbosity = terse; SET log_min_messages = fatal');
append_to_file("$files/divide.sql", "\\set mrn 7000123456\nSELECT length(:mrn::text) / 0;\n");
for my $how ([ -1, 1, 'shown' ], [ 0, 0, 'closed by log_parameter_max_length_on_error = 0' ]) {
	my $before = -s $node->logfile;
	local $ENV{PGOPTIONS} = "-c log_parameter_max_length_on_error=$how->[0] -c log_min_error_statement=panic";
	IPC::Run::run([ 'pgbench', '-n', '-M', 'extended', '-t', '1', '-f', "$files/divide.sql", $node->connstr('clinic') ],
		'>', \my $bench_out, '2>', \my $bench_err);
	my $text = substr slurp_file($node->logfile), $before;
	is($text =~ /7000123456/ ? 1 : 0, $how->[1], "parameters of a failing statement: $how->[2]") or diag($bench_err, $text);
}
printed('log_statement', q{SELECT count(*) FROM phi.key WHERE mrn = 'SECRET';}, "SET log_statement = 'all'",
	'SET log_statement = none');
printed('log_min_duration_statement', q{SELECT count(*) FROM phi.key WHERE mrn = 'SECRET';},
	'SET log_min_duration_statement = 0', 'SET log_min_duration_statement = -1');
printed('plans of auto_explain', q{SELECT count(*) FROM phi.key WHERE mrn = 'SECRET';},
	"LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0",
	"LOAD 'auto_explain'; SET auto_explain.log_min_duration = -1");
printed('pg_stat_activity', q{SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid() /* SECRET */;},
	'SET track_activities = on', 'SET track_activities = off');
printed('utility statements in pg_stat_statements',
	q{COMMENT ON TABLE phi.key IS 'SECRET'; SELECT query FROM pg_stat_statements WHERE query LIKE 'COMMENT%';},
	'SET pg_stat_statements.track_utility = on',
	'SET pg_stat_statements.track_utility = off; SELECT pg_stat_statements_reset() IS NULL AS reset');
printed('statistics of tables of patients', "$by_copy COPY phi.key (mrn) FROM '$files/secret';
	INSERT INTO phi.key SELECT mrn || g FROM phi.key, generate_series(1, 9) g; ANALYZE phi.key;
	SET SESSION AUTHORIZATION nobody_special; SELECT histogram_bounds FROM pg_stats WHERE tablename = 'key';",
	'GRANT SELECT ON phi.key TO nobody_special', 'REVOKE SELECT ON phi.key FROM nobody_special');

my $not_phi = <<'SQL';
    SELECT c.oid, c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('phi', 'information_schema', 'pg_toast', 'try_cast')
      AND (n.nspname <> 'ehr' OR c.relname IN ('run', 'batch', 'issue', 'quarantine', 'feed', 'schema_version'))
SQL
work('ANALYZE');
none($node->safe_psql('clinic', "SELECT s::text FROM pg_stats s WHERE (quote_ident(schemaname) || '.' || quote_ident(tablename))::regclass IN (SELECT oid FROM ($not_phi) t)"),
	'statistics of what is not PHI');
my @tables = split /\n/, $node->safe_psql('clinic', "SELECT name FROM ($not_phi) t WHERE name::text !~ '^pg_(statistic|stat)'");
is(scalar(grep { /^(?:claims\.claim|moved\.person|registry\.person)$/ } @tables), 3, 'copies of tables are among them');
none($node->safe_psql('clinic', join ' UNION ALL ', map { "SELECT '$_ ' || t::text FROM $_ t" } grep { !/^pg_/ } @tables), 'tables of what is not PHI');
my ($dump, $dump_err);
IPC::Run::run([ 'pg_dump', '-N', 'ehr', '-N', 'phi', '-d', $node->connstr('clinic') ], '>', \$dump, '2>', \$dump_err);
cmp_ok(length $dump, '>', 1000, 'there is a dump');
none($dump, 'dump of what is not PHI');

# Whatever else the server keeps in files: statistics, temporary files, query texts.
my @found;
$node->stop;
find({ no_chdir => 1, wanted => sub {
	return unless -f && !m{/(?:pg_wal|base/\d+)/};
	push @found, $_ if slurp_file($_) =~ $canary;
} }, $node->data_dir);
is_deeply(\@found, [], 'files of the server other than tables and their log');
done_testing();
