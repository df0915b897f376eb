# Kill -9 in the middle of runs, of a backend and of the whole server: nothing is lost, nothing is
# doubled, and the warehouse ends as if nothing had happened.  So it does when the messages arrive in
# another order, and when a record ends each session that loads it.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $root = $ENV{SOURCE_ROOT};
my $inbox = PostgreSQL::Test::Utils::tempdir();
chmod 0755, $inbox;
system_or_bail('python3', "$root/test/data/generate.py",
	'--patients', '120', '--messages', '1000', '--per-file', '60', "$inbox/in");

# Lists of diagnoses that shrink and change, of two visits, and a patient that is deleted.
sub adt {
	my ($event, $at, $mrn, $visit, @diagnoses) = @_;
	my $n = 0;
	return join('', map { "$_\r" } "MSH|^~\\&|ADT|HOSP|DW|HOSP|$at||ADT^$event|L$event$at$mrn|P|2.5",
		"EVN|$event|$at", "PID|1||$mrn^^^HOSP^MR||LIST^ANNA||19700102|F",
		"PV1|1|I|W1^2^3^HOSP||||||||||||||||$visit", map { 'DG1|' . ++$n . "||$_^Text^I10||20240101|A" } @diagnoses);
}
append_to_file("$inbox/in/lists.hl7", join '',
	adt('A01', '20240201080000', 'L1', 'V1', 'I10', 'E11.9', 'J45'), adt('A01', '20240201080100', 'L1', 'V2', 'J45'),
	adt('A08', '20240201090000', 'L1', 'V1', 'I10', 'K35'), adt('A08', '20240201100000', 'L1', 'V1', 'I10'),
	adt('A08', '20240201083000', 'L1', 'V1', 'Z99'), adt('A01', '20240201080000', 'L2', 'V3', 'I10'),
	adt('A23', '20240201090000', 'L2', 'V3'), adt('A08', '20240201085000', 'L2', 'V3', 'E11.9'));

my $node = PostgreSQL::Test::Cluster->new('crash');
$node->init;
$node->append_conf('postgresql.conf', "restart_after_crash = on\nlog_min_messages = warning");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pgclinical');
$node->safe_psql('postgres',
	"CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$inbox')");

sub make_warehouse {
	my ($name, $path, $batch) = @_;
	$node->safe_psql('postgres', "SELECT pgclinical.create_warehouse('$name')");
	$node->safe_psql('postgres', "SELECT pgclinical.create_feed('$name', 'adt', 'inbox', '$path', 'hl7v2',"
		  . " '{\"batch\": $batch, \"time_zone\": \"UTC\", \"authority\": \"HOSP\"}')");
}

# Everything a warehouse knows that does not depend on when it learned it.
sub state_of {
	my ($name) = @_;
	return $node->safe_psql('postgres', <<"SQL");
SET search_path = $name;
SELECT 'resource', resource_type, count(*), md5(string_agg(concat(patient_id, id, hash, resource), '' ORDER BY patient_id, id))
FROM resource GROUP BY 2
UNION ALL SELECT 'directory', resource_type, count(*), md5(string_agg(concat(id, hash, resource), '' ORDER BY id)) FROM directory GROUP BY 2
UNION ALL SELECT 'tombstone', resource_type, count(*), md5(string_agg(concat(patient_id, id, event_time), '' ORDER BY patient_id, id)) FROM tombstone GROUP BY 2
UNION ALL SELECT 'parked', resource_type, count(*), md5(string_agg(patient_id || id || missing, '' ORDER BY patient_id, id, missing)) FROM parked GROUP BY 2
UNION ALL SELECT 'identity', '', count(*), md5(string_agg(patient_id || person_id, '' ORDER BY patient_id)) FROM identity
UNION ALL SELECT 'record', '', count(*), md5(string_agg(encode(sha256, 'hex') || encode(sha256(raw), 'hex'), '' ORDER BY sha256)) FROM record
UNION ALL SELECT 'record_key', '', count(*), md5(string_agg(encode(k.sha256, 'hex'), '' ORDER BY k.sha256)) FROM record_key k JOIN record r USING (record, sha256)
UNION ALL SELECT 'source', resource_type, count(*), md5(string_agg(concat(patient_id, id, event_time, tie, list, cleared), '' ORDER BY patient_id, id, event_time, tie)) FROM resource_source GROUP BY 2
UNION ALL SELECT 'quarantine', reason, count(*), md5(string_agg(encode(r.sha256, 'hex'), '' ORDER BY r.sha256)) FROM quarantine JOIN record r USING (record) GROUP BY 2
ORDER BY 1, 2
SQL
}

sub number {
	return $node->safe_psql('postgres', $_[0]);
}

# Undisturbed, once and again.
make_warehouse('calm', 'in/**/*', 20);
$node->safe_psql('postgres', "CALL pgclinical.run('calm')");
my $calm = state_of('calm');
like($calm, qr/^resource\|Patient\|\d+\|/m, 'patients were loaded');
like($calm, qr/^resource\|Observation\|\d+\|/m, 'observations were loaded');
is(number(q{SELECT string_agg(c.resource #>> '{code,coding,0,code}', ' ' ORDER BY c.resource #>> '{code,coding,0,code}')
            FROM calm.condition c JOIN calm.patient p USING (patient_id) WHERE p.resource #>> '{identifier,0,value}' = 'L1'}),
	'I10 J45', 'of the diagnoses of two visits, those of their last lists');
my $mark = number('SELECT pg_current_xact_id()');
$node->safe_psql('postgres', "CALL pgclinical.run('calm')");
is( number(
		q{SELECT string_agg(format('%s %s', loaded, records), ',' ORDER BY run DESC) FROM calm.run WHERE run = 2}),
	'0 0', 'a second run loads nothing');
my $written = join ' UNION ALL ', map { "SELECT count(*) AS n FROM calm.\"$_\" WHERE xmin::text::bigint >= $mark" }
  grep { $_ ne 'run' } split /\n/,
  number(q{SELECT relname FROM pg_class WHERE relnamespace = 'calm'::regnamespace AND relkind = 'r'});
is(number("SELECT sum(n) FROM ($written) w"), '0', 'and writes no row version');
my $ratio = number(q{SELECT max(ended - started) FILTER (WHERE run = 1) > 5 * max(ended - started) FILTER (WHERE run = 2) FROM calm.run});
is($ratio, 't', 'at least five times as fast');

# The same messages one by one in an order that has nothing to do with their times.
mkdir "$inbox/shuffled";
my $i = 0;
for my $hex (split /\n/, number("SELECT encode(raw, 'hex') FROM calm.record ORDER BY sha256")) {
	append_to_file(sprintf('%s/shuffled/%04d.hl7', $inbox, int($i++ / 7)), pack('H*', $hex) . "\r");
}
make_warehouse('shuffled', 'shuffled/*', 30);
$node->safe_psql('postgres', "CALL pgclinical.run('shuffled', workers => 2)");
is(state_of('shuffled'), $calm, 'shuffled arrival gives the same state, with two workers');

# Storm.
make_warehouse('storm', 'in/**/*', 20);
my $killed = 0;
for my $round (1 .. 10) {
	my $before = number(q{SELECT count(*) FROM storm.batch WHERE state = 'done'});
	my $workers = $round % 3 == 0 ? 2 : 1;
	my $run = IPC::Run::start(
		[ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', "CALL pgclinical.run('storm', 'adt', $workers)" ],
		'>', '/dev/null', '2>&1');
	# In the middle: once a batch is done, and not always at the same place of the next.
	my $pid = '';
	for (1 .. 400) {
		my ($done, $at) = split /\|/, number(
			q{SELECT (SELECT count(*) FROM storm.batch WHERE state = 'done'),
			         (SELECT max(pid) FROM pg_stat_activity WHERE query LIKE 'CALL pgclinical.run%' AND pid <> pg_backend_pid())});
		$pid = $at if $at;
		last if $pid && $done > $before;
		usleep(10_000);
	}
	usleep(17_000 * ($round % 4));
	last unless $pid;
	if ($round % 2) {
		# Every backend falls with the one: that is the server's own rule.
		$killed += kill 9, $pid;
		$run->finish;
		$node->poll_query_until('postgres', 'SELECT true') or die 'no recovery';
	} else {
		my $postmaster = $node->{_pid};
		my @children = split ' ', `ps -o pid= --ppid $postmaster`;
		$killed += kill(9, $postmaster) > 0;
		kill 9, @children;
		$run->finish;
		for (1 .. 100) { last unless grep { kill 0, $_ } $postmaster, @children; usleep(20_000); }
		$node->{_pid} = undef;
		unlink $node->data_dir . '/postmaster.pid';
		$node->start;
	}
}
cmp_ok($killed, '>=', 8, "sessions and servers were killed ($killed)");
$node->safe_psql('postgres', "CALL pgclinical.run('storm', 'adt', 2)");
is(state_of('storm'), $calm, 'after the storm the warehouse is as if nothing had happened');
is(number(q{SELECT count(*) FROM storm.batch WHERE state IN ('ready', 'running')}), '0', 'no batch is left');
is(number(q{SELECT count(*) > 0 FROM storm.run WHERE state = 'abandoned'}), 't', 'broken runs are marked abandoned');
is(number(q{SELECT count(*) FROM storm.file WHERE state <> 'done' OR loaded <> size}), '0', 'all files are done');

# A record that ends every session it is loaded in is found by halving, and only it is kept back.
make_warehouse('few', 'shuffled/000*', 400);
$node->safe_psql('postgres', "CALL pgclinical.run('few')");
my $few = state_of('few');
my $victim = number(q{SELECT id FROM few.observation ORDER BY id LIMIT 1});
make_warehouse('deadly', 'shuffled/000*', 400);
$node->safe_psql('postgres', <<"SQL");
CREATE FUNCTION deadly.die() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    IF NEW.id = '$victim' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
    RETURN NEW;
END \$\$;
CREATE TRIGGER deadly BEFORE INSERT ON deadly.observation FOR EACH ROW EXECUTE FUNCTION deadly.die();
SQL
my ($tries, $status) = (0, 1);
while ($status && $tries < 80) {
	$tries++;
	$status = $node->psql('postgres', "CALL pgclinical.run('deadly')");
}
is($status, 0, "the run gets through in the end ($tries attempts)");
cmp_ok($tries, '>', 3, 'after sessions have ended');
my $caught = number(q{SELECT count(*) FROM deadly.quarantine WHERE reason = 'internal' AND sqlstate IS NULL});
cmp_ok($caught, '>=', 1, 'the record is in quarantine');
cmp_ok($caught, '<=', 8, 'with none but those that say the same');
$node->safe_psql('postgres', 'DROP TRIGGER deadly ON deadly.observation');
$node->safe_psql('postgres', "CALL pgclinical.replay('deadly', 'internal')");
$node->safe_psql('postgres', "DELETE FROM deadly.quarantine WHERE state = 'resolved'");
is(state_of('deadly'), $few, 'and replayed in its place once its cause is gone');

$node->stop;
done_testing();
