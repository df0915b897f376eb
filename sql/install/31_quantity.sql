-- quantity: a comparator, an exact number and a UCUM unit

-- Availability: 0.1.0
CREATE TYPE @extschema@.quantity;
COMMENT ON TYPE @extschema@.quantity IS
'a measured value: 120 mm[Hg], <5 mg/dL; ordered by kind of unit, value in base units and comparator. What annotations, arbitrary units, mol, equivalents, counts and logarithms keep apart is never mixed';

CREATE FUNCTION @extschema@.quantity_in(cstring) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_in(cstring) IS
'input of type quantity: [<|<=|>=|>] number [unit]; 22P02 with the place, never with content';

CREATE FUNCTION @extschema@.quantity_out(@extschema@.quantity) RETURNS cstring
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_out(@extschema@.quantity) IS
'output of type quantity';

CREATE FUNCTION @extschema@.quantity_recv(internal) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_recv(internal) IS
'binary input of type quantity: a version byte and the text, checked as in text input';

CREATE FUNCTION @extschema@.quantity_send(@extschema@.quantity) RETURNS bytea
LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_send(@extschema@.quantity) IS
'binary output of type quantity: a version byte and the text in the client''s encoding';

CREATE TYPE @extschema@.quantity (
    INPUT = @extschema@.quantity_in,
    OUTPUT = @extschema@.quantity_out,
    RECEIVE = @extschema@.quantity_recv,
    SEND = @extschema@.quantity_send,
    INTERNALLENGTH = variable,
    ALIGNMENT = int4,
    STORAGE = extended
);

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity(text) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'quantity_from_text';
COMMENT ON FUNCTION @extschema@.quantity(text) IS
'the text as a quantity; 22P02 with the place when it is none, never with content';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity(value numeric, unit text, comparator text DEFAULT NULL)
RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'quantity_from_parts';
COMMENT ON FUNCTION @extschema@.quantity(numeric, text, text) IS
'a quantity of its parts; NULL when value is NULL, unity when unit is NULL; comparator <, <=, >= or >. 22023 for an invalid unit or comparator, 22000 for infinity and NaN';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity(jsonb) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME', 'quantity_from_jsonb';
COMMENT ON FUNCTION @extschema@.quantity(jsonb) IS
'a FHIR Quantity (value, comparator, and code with system UCUM; without system and code its unit, when that is UCUM); 22000 when it is none or its unit is of another system, 22023 for an invalid unit';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_try(text) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_try(text) IS
'the text as a quantity, or NULL when it is none; never raises for content';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_to_text(@extschema@.quantity) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_to_text(@extschema@.quantity) IS
'the text of a quantity: what the cast to text gives';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_to_jsonb(@extschema@.quantity) RETURNS jsonb
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_to_jsonb(@extschema@.quantity) IS
'the quantity as a FHIR Quantity with system and code of UCUM: what the cast to jsonb gives';

CREATE CAST (text AS @extschema@.quantity) WITH FUNCTION @extschema@.quantity(text) AS ASSIGNMENT;
CREATE CAST (@extschema@.quantity AS text)
WITH FUNCTION @extschema@.quantity_to_text(@extschema@.quantity) AS ASSIGNMENT;
CREATE CAST (jsonb AS @extschema@.quantity) WITH FUNCTION @extschema@.quantity(jsonb);
CREATE CAST (@extschema@.quantity AS jsonb) WITH FUNCTION @extschema@.quantity_to_jsonb(@extschema@.quantity);

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_value(@extschema@.quantity) RETURNS numeric
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_value(@extschema@.quantity) IS
'the number of a quantity, with its digits';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_unit(@extschema@.quantity) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_unit(@extschema@.quantity) IS
'the UCUM unit of a quantity; 1 for a plain number';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_comparator(@extschema@.quantity) RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_comparator(@extschema@.quantity) IS
'the comparator of a quantity (<, <=, >=, >); NULL when it has none';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_is_same_kind(@extschema@.quantity, @extschema@.quantity)
RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_is_same_kind(@extschema@.quantity, @extschema@.quantity) IS
'whether two quantities can be compared and added: the same dimension, and nothing that keeps them apart';

-- Availability: 0.1.0
CREATE FUNCTION @extschema@.quantity_convert(@extschema@.quantity, text) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_convert(@extschema@.quantity, text) IS
'implementation of @ operator: the quantity in another unit of its kind; the comparator stays. 22000 for a unit of another kind, 22023 for an invalid one';

CREATE OPERATOR @extschema@.@ (LEFTARG = @extschema@.quantity, RIGHTARG = text,
    FUNCTION = @extschema@.quantity_convert);
COMMENT ON OPERATOR @extschema@.@ (@extschema@.quantity, text) IS 'in another unit';

-- The total order.  It puts kinds one after the other, so it says nothing about medicine: it is
-- for =, ORDER BY, GROUP BY, DISTINCT, joins and indexes.

CREATE FUNCTION @extschema@.quantity_eq(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_eq(@extschema@.quantity, @extschema@.quantity) IS
'implementation of = operator: the same kind, value in base units and comparator';

CREATE FUNCTION @extschema@.quantity_ne(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_ne(@extschema@.quantity, @extschema@.quantity) IS
'implementation of <> operator';

CREATE FUNCTION @extschema@.quantity_order_lt(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_order_lt(@extschema@.quantity, @extschema@.quantity) IS
'implementation of *< operator: by kind, value in base units, comparator';

CREATE FUNCTION @extschema@.quantity_order_le(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_order_le(@extschema@.quantity, @extschema@.quantity) IS
'implementation of *<= operator: by kind, value in base units, comparator';

CREATE FUNCTION @extschema@.quantity_order_gt(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_order_gt(@extschema@.quantity, @extschema@.quantity) IS
'implementation of *> operator: by kind, value in base units, comparator';

CREATE FUNCTION @extschema@.quantity_order_ge(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_order_ge(@extschema@.quantity, @extschema@.quantity) IS
'implementation of *>= operator: by kind, value in base units, comparator';

CREATE FUNCTION @extschema@.quantity_cmp(@extschema@.quantity, @extschema@.quantity) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_cmp(@extschema@.quantity, @extschema@.quantity) IS
'less, equal, greater in the total order as -1, 0, 1: btree support';

CREATE FUNCTION @extschema@.quantity_hash(@extschema@.quantity) RETURNS integer
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_hash(@extschema@.quantity) IS
'hash support; the value stays the same for ever within a major version';

CREATE FUNCTION @extschema@.quantity_hash_extended(@extschema@.quantity, bigint) RETURNS bigint
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_hash_extended(@extschema@.quantity, bigint) IS
'hash support with a seed';

CREATE OPERATOR @extschema@.= (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_eq,
    COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES
);
COMMENT ON OPERATOR @extschema@.= (@extschema@.quantity, @extschema@.quantity) IS 'the same kind, value and comparator';
CREATE OPERATOR @extschema@.<> (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_ne,
    COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR @extschema@.<> (@extschema@.quantity, @extschema@.quantity) IS 'another kind, value or comparator';
CREATE OPERATOR @extschema@.*< (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_order_lt,
    COMMUTATOR = OPERATOR(@extschema@.*>), NEGATOR = OPERATOR(@extschema@.*>=),
    RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR @extschema@.*< (@extschema@.quantity, @extschema@.quantity) IS 'before, in the total order';
CREATE OPERATOR @extschema@.*<= (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_order_le,
    COMMUTATOR = OPERATOR(@extschema@.*>=), NEGATOR = OPERATOR(@extschema@.*>),
    RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR @extschema@.*<= (@extschema@.quantity, @extschema@.quantity) IS 'before or equal, in the total order';
CREATE OPERATOR @extschema@.*> (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_order_gt,
    COMMUTATOR = OPERATOR(@extschema@.*<), NEGATOR = OPERATOR(@extschema@.*<=),
    RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR @extschema@.*> (@extschema@.quantity, @extschema@.quantity) IS 'after, in the total order';
CREATE OPERATOR @extschema@.*>= (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_order_ge,
    COMMUTATOR = OPERATOR(@extschema@.*<=), NEGATOR = OPERATOR(@extschema@.*<),
    RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR @extschema@.*>= (@extschema@.quantity, @extschema@.quantity) IS 'after or equal, in the total order';

CREATE OPERATOR CLASS @extschema@.quantity_ops DEFAULT FOR TYPE @extschema@.quantity USING btree AS
    OPERATOR 1 @extschema@.*<,
    OPERATOR 2 @extschema@.*<=,
    OPERATOR 3 @extschema@.=,
    OPERATOR 4 @extschema@.*>=,
    OPERATOR 5 @extschema@.*>,
    FUNCTION 1 @extschema@.quantity_cmp(@extschema@.quantity, @extschema@.quantity);
CREATE OPERATOR CLASS @extschema@.quantity_ops DEFAULT FOR TYPE @extschema@.quantity USING hash AS
    OPERATOR 1 @extschema@.=,
    FUNCTION 1 @extschema@.quantity_hash(@extschema@.quantity),
    FUNCTION 2 @extschema@.quantity_hash_extended(@extschema@.quantity, bigint);
COMMENT ON OPERATOR CLASS @extschema@.quantity_ops USING btree IS 'quantities by kind, value in base units and comparator';
COMMENT ON OPERATOR CLASS @extschema@.quantity_ops USING hash IS 'quantities by kind, value in base units and comparator';

-- Comparison of what was measured: NULL where the units are of different kinds, and where the
-- comparators leave it open (<5 against 4).  An index on the column serves all four.

CREATE FUNCTION @extschema@.quantity_support(internal) RETURNS internal
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_support(internal) IS
'planner support of quantity_lt, _le, _gt and _ge: lets a btree index on a quantity serve them';

CREATE FUNCTION @extschema@.quantity_lt(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 SUPPORT @extschema@.quantity_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_lt(@extschema@.quantity, @extschema@.quantity) IS
'implementation of < operator: NULL for units of different kinds and where comparators leave it open';

CREATE FUNCTION @extschema@.quantity_le(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 SUPPORT @extschema@.quantity_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_le(@extschema@.quantity, @extschema@.quantity) IS
'implementation of <= operator: NULL for units of different kinds and where comparators leave it open';

CREATE FUNCTION @extschema@.quantity_gt(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 SUPPORT @extschema@.quantity_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_gt(@extschema@.quantity, @extschema@.quantity) IS
'implementation of > operator: NULL for units of different kinds and where comparators leave it open';

CREATE FUNCTION @extschema@.quantity_ge(@extschema@.quantity, @extschema@.quantity) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 SUPPORT @extschema@.quantity_support AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_ge(@extschema@.quantity, @extschema@.quantity) IS
'implementation of >= operator: NULL for units of different kinds and where comparators leave it open';

CREATE OPERATOR @extschema@.< (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_lt,
    COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=),
    RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @extschema@.< (@extschema@.quantity, @extschema@.quantity) IS 'less, for certain';
CREATE OPERATOR @extschema@.<= (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_le,
    COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>),
    RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @extschema@.<= (@extschema@.quantity, @extschema@.quantity) IS 'less or equal, for certain';
CREATE OPERATOR @extschema@.> (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_gt,
    COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=),
    RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @extschema@.> (@extschema@.quantity, @extschema@.quantity) IS 'greater, for certain';
CREATE OPERATOR @extschema@.>= (
    LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_ge,
    COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<),
    RESTRICT = matchingsel, JOIN = matchingjoinsel
);
COMMENT ON OPERATOR @extschema@.>= (@extschema@.quantity, @extschema@.quantity) IS 'greater or equal, for certain';

-- Arithmetic, in the unit of the left side.

CREATE FUNCTION @extschema@.quantity_plus(@extschema@.quantity, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_plus(@extschema@.quantity, @extschema@.quantity) IS
'implementation of + operator: in the left unit; a bound stays a bound (<5 + 3 is <8). 22000 for other kinds, two temperatures in degrees, levels, and bounds on both sides';

CREATE FUNCTION @extschema@.quantity_minus(@extschema@.quantity, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_minus(@extschema@.quantity, @extschema@.quantity) IS
'implementation of - operator: in the left unit, the difference of two temperatures in K. 22000 as for +';

CREATE FUNCTION @extschema@.quantity_times(@extschema@.quantity, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_times(@extschema@.quantity, @extschema@.quantity) IS
'implementation of * operator: equal units join, units of one dimension become the first (5 mg/kg * 70 kg is 350 mg). 22000 for special units and two comparators';

CREATE FUNCTION @extschema@.quantity_divided(@extschema@.quantity, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_divided(@extschema@.quantity, @extschema@.quantity) IS
'implementation of / operator, as *; 22000 for a zero or a bound as divisor';

CREATE FUNCTION @extschema@.quantity_times_numeric(@extschema@.quantity, numeric) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_times_numeric(@extschema@.quantity, numeric) IS
'implementation of * operator; 22000 for special units';

CREATE FUNCTION @extschema@.quantity_numeric_times(numeric, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_numeric_times(numeric, @extschema@.quantity) IS
'implementation of * operator; 22000 for special units';

CREATE FUNCTION @extschema@.quantity_divided_numeric(@extschema@.quantity, numeric) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_divided_numeric(@extschema@.quantity, numeric) IS
'implementation of / operator; 22000 for special units and zero';

CREATE FUNCTION @extschema@.quantity_negated(@extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_negated(@extschema@.quantity) IS
'implementation of - operator; < becomes >. 22000 for special units';

CREATE OPERATOR @extschema@.+ (LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity,
    FUNCTION = @extschema@.quantity_plus);
COMMENT ON OPERATOR @extschema@.+ (@extschema@.quantity, @extschema@.quantity) IS 'sum';
CREATE OPERATOR @extschema@.- (LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity,
    FUNCTION = @extschema@.quantity_minus);
COMMENT ON OPERATOR @extschema@.- (@extschema@.quantity, @extschema@.quantity) IS 'difference';
CREATE OPERATOR @extschema@.* (LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity,
    FUNCTION = @extschema@.quantity_times);
COMMENT ON OPERATOR @extschema@.* (@extschema@.quantity, @extschema@.quantity) IS 'product';
CREATE OPERATOR @extschema@./ (LEFTARG = @extschema@.quantity, RIGHTARG = @extschema@.quantity,
    FUNCTION = @extschema@.quantity_divided);
COMMENT ON OPERATOR @extschema@./ (@extschema@.quantity, @extschema@.quantity) IS 'quotient';
CREATE OPERATOR @extschema@.* (LEFTARG = @extschema@.quantity, RIGHTARG = numeric,
    FUNCTION = @extschema@.quantity_times_numeric);
COMMENT ON OPERATOR @extschema@.* (@extschema@.quantity, numeric) IS 'multiple';
CREATE OPERATOR @extschema@.* (LEFTARG = numeric, RIGHTARG = @extschema@.quantity,
    FUNCTION = @extschema@.quantity_numeric_times);
COMMENT ON OPERATOR @extschema@.* (numeric, @extschema@.quantity) IS 'multiple';
CREATE OPERATOR @extschema@./ (LEFTARG = @extschema@.quantity, RIGHTARG = numeric,
    FUNCTION = @extschema@.quantity_divided_numeric);
COMMENT ON OPERATOR @extschema@./ (@extschema@.quantity, numeric) IS 'part';
CREATE OPERATOR @extschema@.- (RIGHTARG = @extschema@.quantity, FUNCTION = @extschema@.quantity_negated);
COMMENT ON OPERATOR @extschema@.- (NONE, @extschema@.quantity) IS 'negative';

-- Aggregates, over one kind of unit: 22000 for two.

CREATE FUNCTION @extschema@.quantity_smaller(@extschema@.quantity, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_smaller(@extschema@.quantity, @extschema@.quantity) IS
'transition of min: the first of two in the order; 22000 for other kinds';

CREATE FUNCTION @extschema@.quantity_larger(@extschema@.quantity, @extschema@.quantity) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_larger(@extschema@.quantity, @extschema@.quantity) IS
'transition of max: the last of two in the order; 22000 for other kinds';

CREATE FUNCTION @extschema@.quantity_avg_add(internal, @extschema@.quantity) RETURNS internal
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_avg_add(internal, @extschema@.quantity) IS
'transition of avg';

CREATE FUNCTION @extschema@.quantity_avg_final(internal) RETURNS @extschema@.quantity
LANGUAGE C IMMUTABLE CALLED ON NULL INPUT PARALLEL SAFE COST 1 AS 'MODULE_PATHNAME';
COMMENT ON FUNCTION @extschema@.quantity_avg_final(internal) IS
'final function of avg';

-- Availability: 0.1.0
CREATE AGGREGATE @extschema@.sum(@extschema@.quantity) (
    SFUNC = @extschema@.quantity_plus, STYPE = @extschema@.quantity,
    COMBINEFUNC = @extschema@.quantity_plus, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.sum(@extschema@.quantity) IS
'sum in the unit of the first value; NULL without values, 22000 for units of different kinds';
-- Availability: 0.1.0
CREATE AGGREGATE @extschema@.min(@extschema@.quantity) (
    SFUNC = @extschema@.quantity_smaller, STYPE = @extschema@.quantity,
    COMBINEFUNC = @extschema@.quantity_smaller, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.min(@extschema@.quantity) IS
'the smallest value; of equal ones the one with the comparator <; NULL without values, 22000 for units of different kinds';
-- Availability: 0.1.0
CREATE AGGREGATE @extschema@.max(@extschema@.quantity) (
    SFUNC = @extschema@.quantity_larger, STYPE = @extschema@.quantity,
    COMBINEFUNC = @extschema@.quantity_larger, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.max(@extschema@.quantity) IS
'the largest value; of equal ones the one with the comparator >; NULL without values, 22000 for units of different kinds';
-- Availability: 0.1.0
CREATE AGGREGATE @extschema@.avg(@extschema@.quantity) (
    SFUNC = @extschema@.quantity_avg_add, STYPE = internal, FINALFUNC = @extschema@.quantity_avg_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @extschema@.avg(@extschema@.quantity) IS
'mean in the unit of the first value, at 16 digits behind the point or those of the sum; also of temperatures. NULL without values, 22000 for units of different kinds, levels, and different comparators';
