# FHIR feeds: in any order, in any batches, with one worker or two, beside messages about the same
# patients, the state is the same; a second run writes nothing; what is done by roles without more rights.
use strict;
use warnings;

use File::Path qw(make_path);
use List::Util qw(shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};
my $inbox = PostgreSQL::Test::Utils::tempdir();
chmod 0755, $inbox;

my $node = PostgreSQL::Test::Cluster->new('fhir');
$node->init;
$node->append_conf('postgresql.conf', "max_locks_per_transaction = 256\n");
$node->start;
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pgclinical;
CREATE ROLE clerk LOGIN IN ROLE pgclinical_etl, pg_read_server_files;
GRANT CREATE ON DATABASE postgres TO clerk;
GRANT USAGE ON FOREIGN DATA WRAPPER pgclinical_files TO clerk;
SET ROLE clerk;
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$inbox');
SQL

sub clerk { return $node->safe_psql('postgres', $_[0], extra_params => [ '-U', 'clerk' ]) }

sub load {
	my ($name, $folder, $batch, $workers, @feeds) = @_;
	clerk("SELECT pgclinical.create_warehouse('$name')");
	clerk("INSERT INTO $name.code_map (kind, source_code, code, system) VALUES ('observation', 'GLU', '2345-7', 'http://loinc.org')");
	for (sort @feeds) {
		my ($format, $more) = $_ eq 'v2' ? ('hl7v2', ', "time_zone": "UTC"') : ('fhir', '');
		clerk("SELECT pgclinical.create_feed('$name', '$_', 'inbox', '$folder/$_/*', '$format', '{\"batch\": $batch$more}')");
	}
	clerk("CALL pgclinical.run('$name', '$_', $workers)") for @feeds;
}

# All that a warehouse holds but for its own history.
sub state_of {
	my ($name) = @_;
	return clerk(<<SQL);
SELECT concat_ws(' ', resource_type, patient_id, id, resource) FROM $name.resource
UNION ALL SELECT concat_ws(' ', resource_type, id, resource) FROM $name.directory
UNION ALL SELECT concat_ws(' ', 'person', patient_id, person_id) FROM $name.identity
UNION ALL SELECT concat_ws(' ', 'parked', patient_id, resource_type, id) FROM $name.parked GROUP BY 1
UNION ALL SELECT concat_ws(' ', 'issue', severity, format_code, location, expression, count(*)) FROM $name.issue
    GROUP BY severity, format_code, location, expression
ORDER BY 1
SQL
}

# The same documents, dealt into other files.
sub deal {
	my ($from, $to, $seed) = @_;
	srand($seed);
	for my $feed ('a', 'b', 'v2') {
		my @documents;
		for my $file (sort glob "$inbox/$from/$feed/*") {
			push @documents, grep { length } split $feed eq 'v2' ? qr/(?=MSH\|)/ : qr/(?<=\n)/, slurp_file($file);
		}
		make_path("$inbox/$to/$feed");
		my $n = 0;
		append_to_file(sprintf('%s/%s/%s/%04d.x', $inbox, $to, $feed, int($n++ / 11)), $_) for shuffle(@documents);
	}
}

for my $seed (1 .. 3) {
	system_or_bail('python3', "$root/test/data/fhir_events.py", $seed, 300, "$inbox/s$seed");
	load("w$seed", "s$seed", 1000, 1, 'a', 'b', 'v2');
	is(clerk("SELECT count(*) FROM w$seed.quarantine"), '0', "seed $seed: nothing is refused");
	is(clerk("SELECT count(*) FROM w$seed.parked"), '0', "seed $seed: nothing waits");
	deal("s$seed", "t$seed", $seed);
	load("x$seed", "t$seed", 17, 2, 'v2', 'b', 'a');
	my ($one, $other) = (state_of("w$seed"), state_of("x$seed"));
	cmp_ok(length $one, '>', 10000, "seed $seed: there is a state");
	is($other eq $one, 1, "seed $seed: shuffled, in small batches, by two workers, other feeds first: the same state")
	  or do {
		my %others = map { $_ => 1 } split /\n/, $other;
		diag("one: $_") for grep { !$others{$_} } split /\n/, $one;
		my %have = map { $_ => 1 } split /\n/, $one;
		diag("other: $_") for grep { !$have{$_} } split /\n/, $other;
	  };
	is(clerk(<<SQL), '6|6', "seed $seed: a number that messages and both servers know is one patient and one person");
SELECT count(*), count(DISTINCT i.person_id) FROM w$seed.patient p JOIN w$seed.identity i USING (patient_id)
WHERE p.resource #>> '{identifier,0,system}' = 'urn:id:HOSP' AND p.resource #>> '{identifier,0,value}' NOT IN ('100', '104')
SQL
	cmp_ok(clerk("SELECT count(*) FROM w$seed.tombstone"), '>', 0, "seed $seed: something was deleted");
}

# A second run, and a second look at files that are touched, write no version of any row.
my $rows = join ' UNION ALL ', map { "SELECT md5(string_agg(concat(t.ctid, t.xmin, t), '' ORDER BY t.ctid)) FROM w1.$_ t" }
  split /\n/, clerk("SELECT relname FROM pg_class WHERE relnamespace = 'w1'::regnamespace AND relkind = 'r' AND relname NOT IN ('run', 'batch', 'file') ORDER BY 1");
my $before = clerk($rows);
utime 0, 0, glob "$inbox/s1/*/*";
clerk("CALL pgclinical.run('w1')");
is(clerk($rows), $before, 'files that are read again write nothing');
is(clerk('SELECT records > 100, records = unchanged, resources FROM w1.run ORDER BY run DESC LIMIT 1'), 't|t|0', '... and are counted as unchanged');

# Who loads it keeps an audited warehouse that can be dumped and restored.
$node->command_ok([ 'pg_dump', '--format=custom', '-f', "$inbox/w1.dump", '-n', 'w1', $node->connstr('postgres') ], 'dump');
$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION pgclinical');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('other'), "$inbox/w1.dump" ], 'restore');
my $sum = "SELECT count(*), md5(string_agg(resource::text, '' ORDER BY resource_type, patient_id, id)) FROM w1.resource";
is($node->safe_psql('other', $sum), $node->safe_psql('postgres', $sum), 'the restored warehouse is the same');
like(clerk("SELECT length(pgclinical.report('w1'))"), qr/^\d{4,}$/, 'the report covers it');
is($node->safe_psql('postgres', "SELECT count(*) FROM pgclinical.verify_audit('w1') WHERE state = 'broken'"), '0', 'its trail is whole');

$node->stop;
done_testing();
