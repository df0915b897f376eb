# Workers of a run: they have the caller's rights and no more, they end with it, and a run needs
# none of them.
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
	'--patients', '60', '--messages', '600', '--per-file', '20', "$inbox/in");

my $node = PostgreSQL::Test::Cluster->new('workers');
$node->init;
$node->append_conf('postgresql.conf', 'log_min_messages = warning');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pgclinical;
CREATE ROLE department NOLOGIN;
GRANT pgclinical_etl, pg_read_server_files TO department;
GRANT CREATE ON DATABASE postgres TO department;
GRANT USAGE ON FOREIGN DATA WRAPPER pgclinical_files TO department;
CREATE ROLE clerk LOGIN NOINHERIT;
GRANT department TO clerk;
SQL

# As somebody who may do nothing by himself, in a role that cannot log in.
sub as_clerk {
	my ($sql) = @_;
	return $node->safe_psql('postgres', "SET SESSION AUTHORIZATION clerk; SET ROLE department; $sql");
}
as_clerk("CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$inbox')");
for my $name ('first', 'second', 'third') {
	as_clerk("SELECT pgclinical.create_warehouse('$name')");
	as_clerk("SELECT pgclinical.create_feed('$name', 'adt', 'inbox', 'in/**/*', 'hl7v2', '{\"batch\": 5}')");
}

sub loaders {
	return $node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pgclinical loader'});
}
sub start_run {
	my ($name) = @_;
	my $run = IPC::Run::start(
		[ 'psql', '-X', '-d', $node->connstr('postgres'),
			'-c', 'SET SESSION AUTHORIZATION clerk', '-c', 'SET ROLE department', '-c', "CALL pgclinical.run('$name', 'adt', 3)" ],
		'>', '/dev/null', '2>&1');
	my $most = 0;
	for (1 .. 200) {
		my $now = loaders();
		$most = $now if $now > $most;
		last if $most == 2 && $node->safe_psql('postgres', "SELECT count(*) > 2 FROM $name.batch WHERE state = 'done'") eq 't';
		last unless $run->pumpable;
		usleep(5_000);
	}
	return ($run, $most);
}

my ($run, $most) = start_run('first');
is($most, 2, 'two workers beside the session');
is($node->safe_psql('postgres', q{SELECT DISTINCT usename FROM pg_stat_activity WHERE backend_type = 'pgclinical loader'}),
	'clerk', 'in the name of the session user');
$run->finish;
is(loaders(), '0', 'which end with the run');
is(as_clerk('SELECT state, by, workers, loaded > 500 FROM first.run'), 'done|department|3|t', 'what they loaded counts');
is(as_clerk('SELECT bytes = (SELECT sum(size) FROM first.file) FROM first.run'), 't', 'each byte once');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'first'::regnamespace AND relowner <> 'department'::regrole}),
	'0', 'everything belongs to the role that called');

# A cancel of the session ends its workers too; what they had begun is free for the next run.
($run) = start_run('second');
$node->safe_psql('postgres', q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL pgclinical.run%' AND pid <> pg_backend_pid()});
$run->finish;
$node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'pgclinical loader'})
  or die 'workers stayed';
pass('a cancelled session ends its workers');
is(as_clerk(q{SELECT state FROM second.run}), 'running', 'its run is not marked yet');
as_clerk(q{CALL pgclinical.run('second', 'adt', 2)});
is(as_clerk(q{SELECT string_agg(state, ' ' ORDER BY run) FROM second.run}), 'abandoned done', 'but by the next');

# Without a slot for any worker the session does it all.
$node->append_conf('postgresql.conf', "max_worker_processes = 0\nmax_logical_replication_workers = 0");
$node->restart;
as_clerk(q{CALL pgclinical.run('third', 'adt', 4)});
is(as_clerk('SELECT state, loaded = (SELECT sum(loaded) FROM second.batch) FROM third.run'), 'done|t',
	'no worker slot: the session does the work');

# All three are the same.
my $state = q{SELECT md5(string_agg(concat(resource_type, patient_id, id, resource), '' ORDER BY resource_type, patient_id, id)) FROM %s.resource};
is($node->safe_psql('postgres', sprintf $state, $_), $node->safe_psql('postgres', sprintf $state, 'first'), "$_ equals first")
  for 'second', 'third';

$node->stop;
done_testing();
