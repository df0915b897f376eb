# A site's mapping rows: they take effect at the next run, change what shipped rows say, and travel
# with a dump.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $files = PostgreSQL::Test::Utils::tempdir();
mkdir "$files/in";
my $number = 0;

# One admission of patient 7 whose Z-segment says $colour.
sub message {
	my ($colour) = @_;
	$number++;
	append_to_file("$files/in/$number.hl7", join("\r",
			"MSH|^~\\&|ADT|NORTH|||2026010112000$number+0000||ADT^A08^ADT_A01|$number|P|2.5.1",
			"EVN|A08|2026010112000$number+0000", 'PID|1||7^^^NORTH^MR||Testpatient^Alpha||1970|F',
			"PV1|1|I|||||||||||||||||V1^^^NORTH", "ZPD|$colour") . "\r");
}

my $node = PostgreSQL::Test::Cluster->new('overlay');
$node->init;
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE DATABASE clinic;
\c clinic
CREATE EXTENSION pgclinical;
CREATE ROLE etl LOGIN IN ROLE pgclinical_etl, pg_read_server_files;
GRANT CREATE ON DATABASE clinic TO etl;
SQL

sub sql {
	my ($statement, $database) = @_;
	return $node->safe_psql($database // 'clinic', $statement, extra_params => [ '-U', 'etl' ]);
}
sub colour { return sql(q{SELECT resource #>> '{extension,0,valueString}' FROM ehr.patient}, @_) }

sql(<<"SQL");
SELECT pgclinical.create_warehouse('ehr');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$files');
SELECT pgclinical.create_feed('ehr', 'adt', 'inbox', 'in/*', 'hl7v2');
SQL
message('red');
sql("CALL pgclinical.run('ehr')");
is(colour(), '', 'no shipped row reads a Z-segment');
is(sql(q{SELECT count(*) FROM ehr.patient}), '1', '... and the rest is loaded');

sql(<<'SQL');
INSERT INTO ehr.mapping (map, source, target, constant) VALUES
    ('ZPD[Patient]', 'ZPD-1', 'extension[1].url', '"http://example.org/colour"');
INSERT INTO ehr.mapping (map, source, target) VALUES ('ZPD[Patient]', 'ZPD-1', 'extension[1].valueString');
SQL
message('blue');
sql("CALL pgclinical.run('ehr')");
is(colour(), 'blue', 'a row added takes effect at the next run');
is(sql(q{SELECT resource #>> '{extension,0,url}' FROM ehr.patient}), 'http://example.org/colour', '... all of it');
is(sql(q{SELECT count(*) FROM hl7v2_unconverted((SELECT convert_from(raw, 'UTF8')::hl7v2 FROM ehr.record ORDER BY record LIMIT 1),
        pgclinical.mapping_of('ehr')) WHERE path LIKE 'ZPD%'}), '0', 'mapping_of knows it');

sql(q{INSERT INTO ehr.mapping (map, source, target, condition) VALUES ('PID[Patient]', 'PID-8', 'gender', 'NEVER')});
message('green');
is(sql(q{SELECT resource ->> 'gender' FROM ehr.patient}), 'female', 'a shipped row ...');
sql("CALL pgclinical.run('ehr')");
is(sql(q{SELECT count(*) FROM ehr.resource_source WHERE resource_type = 'Patient' AND resource ? 'gender'
        AND event_time = (SELECT max(event_time) FROM ehr.resource_source)}), '0', '... is taken away by a row of the site');

# A row that cannot be used is refused when it is written: the error names the row, the column and the rule.
for my $bad (
	[ q{'PID[Patient]', 'PID-8', 'sex', '', '', ''}, 'target', 'there is no such element' ],
	[ q{'PID[Patient]', 'PID-8-1-2-3-4', 'gender', '', '', ''}, 'source', 'it does not parse' ],
	[ q{'PID[Patient]', 'PID-7', 'birthDate', '', 'PID-7 RESEMBLES "F"', ''}, 'condition', 'it does not parse' ],
	[ q{'PID[Patient]', 'PID-7', 'birthDate', '', '', '"open'}, 'constant', 'it does not parse' ],
	[ q{'PID[Patient]', 'PID-8', 'name', 'XYZ[HumanName]', '', ''}, 'datatype', 'there is no such map' ],
	[ q{'PID', 'PID-8', 'gender', '', '', ''}, 'map', 'the map is not written SEGMENT[Type]' ]) {
	my ($row, $column, $rule) = @$bad;
	my ($code, $out, $err) = $node->psql('clinic',
		"INSERT INTO ehr.mapping (map, source, target, datatype, condition, constant) VALUES ($row)",
		extra_params => [ '-U', 'etl' ]);
	like($err, qr/ERROR: +invalid mapping row\n.*column $column: \Q$rule\E/, "a row with a bad $column is refused");
}
my ($code, $out, $err) = $node->psql('clinic', q{UPDATE ehr.mapping SET target = 'colour' WHERE target LIKE '%.url'},
	extra_params => [ '-U', 'etl' ]);
like($err, qr/column target/, 'so is a change');
# A data type map of the site's own, and what needs it.
sql(q{INSERT INTO ehr.mapping (map, source, target, datatype) VALUES
    ('XYZ[HumanName]', 'XYZ.1', 'text', ''), ('ZPD[Patient]', 'ZPD-2', 'name', 'XYZ[HumanName]')});
($code, $out, $err) = $node->psql('clinic', q{DELETE FROM ehr.mapping WHERE map = 'XYZ[HumanName]'}, extra_params => [ '-U', 'etl' ]);
like($err, qr/column datatype: there is no such map/, '... which nobody takes away from under it');
sql(q{DELETE FROM ehr.mapping WHERE 'XYZ[HumanName]' IN (map, datatype)});
is(sql('SELECT count(*) FROM ehr.mapping'), '3', 'the good rows are what stays');
message('grey');
sql("CALL pgclinical.run('ehr')");
is(colour(), 'grey', '... and the next run loads by them');
is(sql('SELECT count(*) FROM ehr.quarantine'), '0', 'nothing was ever in quarantine');

# The whole database in another: the rows are there and work on.
$node->run_log([ 'pg_dump', '-Fc', '-f', "$files/dump", $node->connstr('clinic') ]);
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '-d', $node->connstr('copy'), "$files/dump" ], 'dumped and restored');
is(sql('SELECT count(*) FROM ehr.mapping', 'copy'), '3', 'the rows travel with pg_dump');
$node->safe_psql('copy', 'GRANT CREATE ON DATABASE copy TO etl');
message('white');
sql("CALL pgclinical.run('ehr')", 'copy');
is(colour('copy'), 'white', '... and the copy loads by them');

$node->stop;
done_testing();
