# Messages of every event, from two systems about the same patients, in any order, in any batches:
# the state is the same.
use strict;
use warnings;

use File::Copy qw(copy);
use List::Util qw(shuffle);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};
my $inbox = PostgreSQL::Test::Utils::tempdir();
chmod 0755, $inbox;

my $node = PostgreSQL::Test::Cluster->new('any_order');
$node->init;
$node->append_conf('postgresql.conf', 'max_locks_per_transaction = 256');
$node->start;
$node->safe_psql('postgres', <<SQL);
CREATE EXTENSION pgclinical;
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$inbox');
SQL

# One warehouse from the messages of a folder, with batches of that size and feeds in that order.
sub load {
	my ($name, $folder, $batch, $workers, @feeds) = @_;
	$node->safe_psql('postgres', "SELECT pgclinical.create_warehouse('$name')");
	$node->safe_psql('postgres', "SELECT pgclinical.create_feed('$name', '$_', 'inbox', '$folder/$_/*', 'hl7v2', '{\"batch\": $batch}')")
	  for sort @feeds;
	$node->safe_psql('postgres', "CALL pgclinical.run('$name', '$_', $workers)") for @feeds;
}

# All that a warehouse holds, but for what tells its own history: a statement that a later list
# leaves out was live, and has a tombstone without a time, only where it arrived before that list.
sub state_of {
	my ($name) = @_;
	return $node->safe_psql('postgres', <<SQL);
SELECT concat_ws(' ', resource_type, patient_id, id, resource) FROM $name.resource
UNION ALL SELECT concat_ws(' ', resource_type, id, resource) FROM $name.directory
UNION ALL SELECT concat_ws(' ', 'gone', patient_id, resource_type, id, event_time) FROM $name.tombstone
    WHERE event_time IS NOT NULL
UNION ALL SELECT concat_ws(' ', 'person', patient_id, person_id) FROM $name.identity
UNION ALL SELECT concat_ws(' ', 'parked', patient_id, resource_type, id) FROM $name.parked GROUP BY 1
ORDER BY 1
SQL
}

# The same messages, dealt into other files.
sub deal {
	my ($from, $to, $seed) = @_;
	srand($seed);
	mkdir "$inbox/$to";
	for my $feed ('a', 'b') {
		my @messages;
		for my $file (sort glob "$inbox/$from/$feed/*.hl7") {
			push @messages, grep { length } split /(?=MSH\|)/, slurp_file($file);
		}
		mkdir "$inbox/$to/$feed";
		my $n = 0;
		append_to_file(sprintf('%s/%s/%s/%04d.hl7', $inbox, $to, $feed, int($n++ / 7)), $_) for shuffle(@messages);
	}
}

for my $seed (1 .. 3) {
	system_or_bail('python3', "$root/test/data/events.py", $seed, 300, "$inbox/s$seed");
	load("w$seed", "s$seed", 1000, 1, 'a', 'b');
	is($node->safe_psql('postgres', "SELECT count(*) FROM w$seed.quarantine WHERE reason NOT IN ('validation-error', 'missing-key')"), '0',
		"seed $seed: no message is refused without a true reason");
	deal("s$seed", "t$seed", $seed);
	load("x$seed", "t$seed", 25, 2, 'b', 'a');
	my ($one, $other) = (state_of("w$seed"), state_of("x$seed"));
	cmp_ok(length $one, '>', 10000, "seed $seed: there is a state");
	is($node->safe_psql('postgres', <<SQL), '', "seed $seed: what is folded of many statements is valid FHIR");
SELECT DISTINCT i.format_code || ' ' || regexp_replace(i.expression, '\\[\\d+\\]', '', 'g') || ' ' || min(r.id)
FROM (SELECT id, resource FROM w$seed.resource UNION ALL SELECT id, resource FROM w$seed.directory) r, fhir_issues(r.resource) i
WHERE i.severity IN ('fatal', 'error') GROUP BY i.format_code, i.expression
SQL
	is($other eq $one, 1, "seed $seed: shuffled, in small batches, the other feed first: the same state")
	  or do {
		my %others = map { $_ => 1 } split /\n/, $other;
		diag("one: $_") for grep { !$others{$_} } split /\n/, $one;
		my %have = map { $_ => 1 } split /\n/, $one;
		diag("other: $_") for grep { !$have{$_} } split /\n/, $other;
	  };
}

# All events that are converted were among them.
my %sent = map { $_ => 1 } split /\n/, join "\n", map {
	$node->safe_psql('postgres', "SELECT DISTINCT (m ->> 'MSH-9.1') || ' ' || (m ->> 'MSH-9.2') FROM (SELECT convert_from(raw, 'UTF8')::hl7v2 AS m FROM w$_.record) r")
} 1 .. 3;
my @converted = slurp_file("$root/src/convert/event.cpp") =~ /\{"([A-Z]{3})", "([A-Z][0-9A-Z]{2})", Family/g;
my @missing;
while (my ($code, $trigger) = splice @converted, 0, 2) { push @missing, "$code $trigger" unless $sent{"$code $trigger"} }
is("@missing", '', 'no event that is converted was left out');

# A merge is undone, and stays undone when it is said again.
my $merge = $node->safe_psql('postgres', "SELECT patient_id || ' ' || other FROM w1.identity_link WHERE rule = 'merge' ORDER BY 1 LIMIT 1");
my ($survivor, $merged) = split / /, $merge;
cmp_ok($node->safe_psql('postgres', "SELECT pgclinical.undo_merge('w1', '$survivor', '$merged')"), '>', 0, 'a merge is undone');
is($node->safe_psql('postgres', <<SQL), '0', 'neither Patient speaks of it');
SELECT count(*) FROM w1.patient p, jsonb_array_elements(p.resource -> 'link') l
WHERE (p.id, l #>> '{other,reference}', l ->> 'type') IN
    (('$survivor', 'Patient/$merged', 'replaces'), ('$merged', 'Patient/$survivor', 'replaced-by'))
SQL
is($node->safe_psql('postgres', 'SELECT count(*) FROM w1.resource_source s JOIN w1.record r USING (record) WHERE s.feed <> r.feed'),
	'0', 'what two feeds said of it stays what each of them said');
my ($code, $out, $err) = $node->psql('postgres', "SELECT pgclinical.undo_merge('w1', '$survivor', '$merged')");
like($err, qr/no merge of these patients/, 'once');

$node->stop;
done_testing();
