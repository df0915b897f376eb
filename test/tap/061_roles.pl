# Privileges: every function of the extension as a role without grants, the functions that work in a
# warehouse as a role that has nothing to do with it, and the whole job with the documented grants.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};
my $files = PostgreSQL::Test::Utils::tempdir();
system_or_bail("$root/test/data/generate.py", '--patients', '20', '--messages', '200', "$files/inbox");
mkdir "$files/keys";
append_to_file("$files/keys/research.key", '0123456789abcdef' x 4);
chmod 0400, "$files/keys/research.key";

my $node = PostgreSQL::Test::Cluster->new('roles');
$node->init;
$node->append_conf('postgresql.conf', "pgclinical.crosswalk_key_file = '$files/keys/research.key'");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE clinic');
$node->safe_psql('clinic', 'CREATE EXTENSION pgclinical');

# SQLSTATE of one statement as a role; '' when it succeeds.
sub sqlstate_as {
	my ($role, $sql) = @_;
	my ($code, $out, $err) = $node->psql('clinic', "\\set VERBOSITY sqlstate\n$sql",
		extra_params => [ '-U', $role ], on_error_stop => 1);
	return $err =~ /ERROR:\s+(\w{5})/ ? $1 : $code == 0 ? '' : "failed: $err";
}

sub as {
	my ($role, $sql) = @_;
	return $node->safe_psql('clinic', $sql, extra_params => [ '-U', $role ]);
}

# --- Every function and procedure, so that none can be forgotten.  NULLs are arguments enough, since
# privileges are checked first; as subqueries, lest the planner answer for a strict function.
$node->safe_psql('clinic', <<'SQL');
CREATE ROLE outsider LOGIN;
GRANT USAGE ON SCHEMA pgclinical, _pgclinical TO outsider;
SQL
my @calls = split /\n/, $node->safe_psql('clinic', <<'SQL');
SELECT format('%s %s(%s)', CASE p.prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, p.oid::regproc,
    (SELECT string_agg(format(CASE p.prokind WHEN 'p' THEN 'NULL::%s' ELSE '(SELECT NULL::%s)' END,
         format_type(t.type, NULL)), ', ' ORDER BY t.place)
     FROM unnest(p.proargtypes) WITH ORDINALITY t (type, place)))
FROM pg_proc p
WHERE p.pronamespace IN ('pgclinical'::regnamespace, '_pgclinical'::regnamespace)
    AND NOT 'internal'::regtype = ANY (p.proargtypes)
ORDER BY 1
SQL
cmp_ok(scalar @calls, '>', 40, 'there are functions to try: ' . @calls);
my ($code, $out, $err) = $node->psql('clinic',
	join('', "\\set VERBOSITY sqlstate\n", map { "\\warn $_\n$_;\n" } map { s/'/''/gr } @calls),
	extra_params => [ '-U', 'outsider' ], on_error_stop => 0);
my ($call, %answer) = ('');
for (split /\n/, $err) {
	if (/ERROR:\s+(\w{5})/) { $answer{$call} = $1 }
	else { $call = $_ }
}
my @executed = grep { ($answer{$_} // 'none') ne '42501' } @calls;
is_deeply(\@executed, [], 'a role without grants can execute none of them');

is(sqlstate_as('outsider', $_), '42501', "nor: $_")
  for 'SELECT * FROM pgclinical_audit.event', 'CREATE SERVER s FOREIGN DATA WRAPPER pgclinical_files';

# --- The documented grants, to roles that have nothing else.
$node->safe_psql('clinic', <<'SQL');
CREATE ROLE etl LOGIN IN ROLE pgclinical_etl, pg_read_server_files;
CREATE ROLE stranger LOGIN IN ROLE pgclinical_etl, pgclinical_releaser, pg_read_server_files;
CREATE ROLE blind_etl LOGIN IN ROLE pgclinical_etl;
CREATE ROLE privacy LOGIN IN ROLE pgclinical_releaser;
CREATE ROLE auditor LOGIN IN ROLE pgclinical_auditor;
CREATE ROLE analyst LOGIN;
CREATE ROLE recipient LOGIN;
GRANT CREATE ON DATABASE clinic TO etl, privacy;
SQL
is(sqlstate_as('blind_etl', "CREATE SERVER s FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location '/etc')"),
	'42501', 'a location takes pg_read_server_files');
is(sqlstate_as('stranger', "SELECT pgclinical.create_warehouse('theirs')"),
	'42501', 'a warehouse takes CREATE on the database');

as('etl', "SELECT pgclinical.create_warehouse('ehr')");
as('etl', "CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$files/inbox')");
as('etl', "SELECT pgclinical.create_feed('ehr', 'adt', 'inbox', 'adt/*.hl7', 'hl7v2')");
as('etl', "SELECT pgclinical.create_feed('ehr', 'lab', 'inbox', 'lab/*.hl7', 'hl7v2')");
as('etl', "SELECT pgclinical.create_feed('ehr', 'spare', 'inbox', 'none/*', 'hl7v2')");
as('etl', "SELECT pgclinical.alter_feed('ehr', 'spare', path => 'nothing/*')");
as('etl', "SELECT pgclinical.drop_feed('ehr', 'spare')");
as('etl', "CALL pgclinical.run('ehr', 'adt', 2)");
as('etl', "CALL pgclinical.run('ehr', 'lab')");
cmp_ok(as('etl', 'SELECT count(*) FROM ehr.patient'), '>', 0, 'no superuser loads patients');
cmp_ok(as('etl', 'SELECT count(*) FROM ehr.observation'), '>', 0, '... and observations');
as('etl', "CALL pgclinical.run('ehr')");
is(as('etl', 'SELECT sum(loaded) FROM ehr.run WHERE run > 2'), '0', 'a second run loads nothing');
as('etl', "CALL pgclinical.replay('ehr')");
is(as('etl', "SELECT DISTINCT state FROM pgclinical.maintain('ehr')"), 'ok', 'maintain finds it healthy');
is(as('etl', "SELECT * FROM pgclinical.upgrade_warehouse('ehr')"), '', 'nothing to upgrade');
is(as('auditor', "SELECT DISTINCT state FROM pgclinical.verify_audit('ehr') ORDER BY 1"), "note\nok",
	'an auditor verifies the trail');
is(as('auditor', "SELECT DISTINCT login_role FROM pgclinical_audit.event WHERE warehouse = 'ehr'"), 'etl',
	'the trail names who loaded');

# --- What the grants do not give.
my %refused = (
	'etl reads no audit' => [ 'etl', 'SELECT count(*) FROM pgclinical_audit.event' ],
	'etl writes no audit' => [ 'etl', 'DELETE FROM pgclinical_audit.event' ],
	'an auditor reads no patient' => [ 'auditor', 'SELECT count(*) FROM ehr.patient' ],
	'an auditor loads nothing' => [ 'auditor', "CALL pgclinical.run('ehr', 'adt')" ],
	'an analyst reads nothing yet' => [ 'analyst', 'SELECT count(*) FROM ehr.patient' ],
);
is(sqlstate_as(@{ $refused{$_} }), '42501', $_) for sort keys %refused;
as('etl', 'GRANT USAGE ON SCHEMA ehr TO analyst; GRANT SELECT ON ehr.patient TO analyst');
cmp_ok(as('analyst', 'SELECT count(*) FROM ehr.patient'), '>', 0, 'the owner grants as on any table');
is(sqlstate_as('analyst', 'SELECT count(*) FROM ehr.record'), '42501', '... and no more than that');

# --- A release, by the privacy office, which loads nothing.
is(sqlstate_as('etl', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'I know of no way')"),
	'42501', 'who loads attests nothing');
as('etl', 'GRANT USAGE ON SCHEMA ehr TO privacy; GRANT SELECT ON ALL TABLES IN SCHEMA ehr TO privacy');
as('privacy', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'I know of no way')");
as('privacy', "CALL pgclinical.release('ehr', 'research', recipient => 'recipient')");
cmp_ok(as('recipient', 'SELECT count(*) FROM research.patient'), '>', 0, 'the recipient reads the copy');
is(sqlstate_as('recipient', 'SELECT count(*) FROM ehr.patient'), '42501', '... and not the source');
is(as('privacy', "SELECT count(*) FROM pgclinical.leak_check('research', 'ehr') WHERE severity = 'blocking'"),
	'0', 'no leak is found');
is(as('auditor', "SELECT string_agg(DISTINCT kind, ' ' ORDER BY kind) FROM pgclinical_audit.event WHERE login_role = 'privacy'
		AND warehouse = 'ehr' AND kind IN ('attest', 'release')"),
	'attest release', 'both are in the trail');
is(sqlstate_as($_, 'SELECT * FROM pgclinical_crosswalk.code'), '42501', "$_ reads no crosswalk")
  for qw(privacy etl auditor recipient);

# --- A role with the right functions and no right to the warehouse: each function that works in one,
# found in the catalog, must be in this list.
my %other = (
	create_feed => "SELECT pgclinical.create_feed('ehr', 'x', 'inbox', '*', 'hl7v2')",
	alter_feed => "SELECT pgclinical.alter_feed('ehr', 'adt', path => 'x/*')",
	drop_feed => "SELECT pgclinical.drop_feed('ehr', 'adt')",
	run => "CALL pgclinical.run('ehr', 'adt')",
	replay => "CALL pgclinical.replay('ehr')",
	maintain => "SELECT pgclinical.maintain('ehr')",
	upgrade_warehouse => "SELECT pgclinical.upgrade_warehouse('ehr')",
	drop_warehouse => "SELECT pgclinical.drop_warehouse('ehr', 'ehr')",
	verify_audit => "SELECT pgclinical.verify_audit('ehr')",
	report => "SELECT pgclinical.report('ehr')",
	check_expectations => "SELECT pgclinical.check_expectations('ehr')",
	mapping_of => "SELECT pgclinical.mapping_of('ehr')",
	code_unmapped => "SELECT pgclinical.code_unmapped('ehr')",
	code_worklist => "SELECT pgclinical.code_worklist('ehr')",
	approve_code => "SELECT pgclinical.approve_code('ehr', 'gender', '7', '|female')",
	import_code_map => "SELECT pgclinical.import_code_map('ehr', 'gender', 'source_code,code'::text)",
	discard => "SELECT pgclinical.discard('ehr', 1, 'note')",
	link_patient => "SELECT pgclinical.link_patient('ehr', 'a', 'b')",
	unlink_patient => "SELECT pgclinical.unlink_patient('ehr', 'a', 'b')",
	create_view => "SELECT pgclinical.create_view('ehr.x', '{}', 'ehr.patient')",
	create_warehouse_view => "SELECT pgclinical.create_warehouse_view('x', '{\"resource\": \"Patient\"}', 'ehr')",
	refresh_view => "SELECT pgclinical.refresh_view('ehr.patient')",
	create_laboratory_view => "SELECT pgclinical.create_laboratory_view('ehr')",
	undo_merge => "SELECT pgclinical.undo_merge('ehr', 'a', 'b')",
	attest => "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'I know of no way')",
	release => "CALL pgclinical.release('ehr', 'research')",
	release_tables => "CALL pgclinical.release_tables('ehr', 'research', ARRAY['ehr.patient']::regclass[])",
	create_masking_view => "SELECT pgclinical.create_masking_view('ehr.patient', 'ehr.x')",
	retract_release => "SELECT pgclinical.retract_release('ehr', 'research', 'sent in error')",
	sign_finding => "SELECT pgclinical.sign_finding('ehr', 'research', 'safe_harbor', 'vip', '', '', 1, 'seen')",
	release_evidence => "SELECT pgclinical.release_evidence('ehr', 'research')",
	leak_check => "SELECT pgclinical.leak_check('research', 'ehr')",
);
my @works_in_one = split /\n/, $node->safe_psql('clinic', <<'SQL');
SELECT DISTINCT p.proname FROM pg_proc p
WHERE p.pronamespace = 'pgclinical'::regnamespace AND p.pronargs > 0
    AND p.proargnames && ARRAY['warehouse', 'name', 'against', 'target'] AND p.proname <> 'create_warehouse'
ORDER BY 1
SQL
is_deeply([ grep { !$other{$_} } @works_in_one ], [], 'every function that works in a warehouse is tried');
for (@works_in_one) {
	is(sqlstate_as('stranger', $other{$_}), '42501', "$_ in a warehouse of others");
}

# --- Ownership goes by membership: the whole job works for a member of the owner too.
$node->safe_psql('clinic', 'GRANT etl TO stranger');
as('stranger', "CALL pgclinical.run('ehr', 'adt'); SELECT pgclinical.maintain('ehr')");
is(as('etl', 'SELECT by FROM ehr.run ORDER BY run DESC LIMIT 1'), 'stranger', 'a member of the owner runs it');
as('etl', "SELECT pgclinical.drop_warehouse('ehr', 'ehr')");
is(as('auditor', "SELECT count(*) FROM pgclinical_audit.event WHERE warehouse = 'ehr' AND kind = 'drop'"), '1',
	'the trail outlives the warehouse');

$node->stop;
done_testing();
