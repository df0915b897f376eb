-- What every object of the extension owes: each query returns those that do not have it.
CREATE TEMP VIEW members AS
SELECT d.classid, d.objid, pg_describe_object(d.classid, d.objid, 0) AS object
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
    AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pgclinical');
CREATE TEMP VIEW functions AS
SELECT p.*, p.oid::regprocedure::text AS signature, l.lanname AS language, p.pronamespace::regnamespace::text AS schema
FROM members m JOIN pg_proc p ON p.oid = m.objid JOIN pg_language l ON l.oid = p.prolang
WHERE m.classid = 'pg_proc'::regclass;
SELECT count(*) > 50 AS many FROM functions;

-- A comment on everything that a user can meet.
SELECT m.object AS without_comment
FROM members m
WHERE obj_description(m.objid, m.classid::regclass::text) IS NULL
    AND m.classid <> 'pg_cast'::regclass AND m.classid <> 'pg_opfamily'::regclass
    AND NOT (m.classid = 'pg_type'::regclass AND EXISTS (
        SELECT FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.oid = m.objid AND (t.typelem <> 0 OR c.relkind <> 'c')))
ORDER BY 1;

-- A body is resolved when it is made, or names its search_path; what commits can do neither.
SELECT signature AS without_search_path
FROM functions
WHERE language IN ('sql', 'plpgsql') AND prokind <> 'p' AND prosqlbody IS NULL
    AND NOT coalesce(proconfig::text LIKE '%"search_path=pg_catalog, pg_temp"%', false)
ORDER BY 1;
SELECT signature AS cannot_commit
FROM functions WHERE prokind = 'p' AND (proconfig IS NOT NULL OR prosecdef) ORDER BY 1;

-- CREATE EXTENSION does not compile bodies: a mistake would wait for the first call.
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT oid, signature FROM functions WHERE language = 'plpgsql' ORDER BY 2 LOOP
        BEGIN
            PERFORM plpgsql_validator(f.oid);
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING '%: %', f.signature, SQLERRM;
        END;
    END LOOP;
END $$;

-- Whose rights are lent: few, with a fixed search_path.
SELECT signature AS security_definer
FROM functions
WHERE prosecdef AND (language NOT IN ('sql', 'plpgsql')
    OR NOT coalesce(proconfig::text LIKE '%"search_path=pg_catalog, pg_temp"%', false))
ORDER BY 1;

-- Administration and internals are granted by name, never to everybody.
SELECT signature AS public_execute
FROM functions f
WHERE schema IN ('pgclinical', '_pgclinical')
    AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(f.proacl) a WHERE a.grantee = 0))
ORDER BY 1;
SELECT m.object AS public_relation
FROM members m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid, aclexplode(c.relacl) a
WHERE a.grantee = 0
ORDER BY 1;

-- Labels.  Three tiers of cost; the data surface never reads or writes but what it is given.
SELECT signature AS cost, procost FROM functions WHERE procost NOT IN (1, 100, 1000) ORDER BY 1;
SELECT signature AS data_surface, provolatile, proparallel
FROM functions
WHERE schema NOT IN ('pgclinical', '_pgclinical') AND (provolatile = 'v' OR proparallel <> 's')
ORDER BY 1;
SELECT signature AS reads_only_but_not_parallel, provolatile, proparallel
FROM functions
WHERE provolatile = 'i' AND proparallel <> 's' OR provolatile = 's' AND proparallel = 'u'
ORDER BY 1;
SELECT signature AS writes_in_parallel
FROM functions WHERE provolatile = 'v' AND proparallel = 's' ORDER BY 1;
-- Immutable means for ever: no table, clock, setting or file, so neither a query nor a setting.
SELECT signature AS immutable_with_settings
FROM functions WHERE provolatile = 'i' AND proconfig IS NOT NULL AND NOT proconfig::text LIKE '%search_path%' ORDER BY 1;
SELECT signature AS administration_in_index
FROM functions WHERE schema = 'pgclinical' AND provolatile = 'i' ORDER BY 1;

-- One grep finds the function of either name.
SELECT signature AS other_symbol, prosrc
FROM functions WHERE language = 'c' AND prosrc NOT LIKE proname || '%' ORDER BY 1;

-- Comparison operators know their partners and their selectivity.
SELECT o.oid::regoperator AS operator
FROM members m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND o.oid = m.objid
WHERE o.oprresult = 'boolean'::regtype AND o.oprleft = o.oprright
    AND (o.oprcom = 0 OR o.oprrest = 0 OR o.oprjoin = 0 OR o.oprnegate = 0 AND o.oprname ~ '^[<>=]+$')
ORDER BY 1;

-- pg_dump carries what the extension's tables hold.
SELECT m.object AS not_dumped
FROM members m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND c.oid = m.objid
WHERE c.relkind IN ('r', 'S')
    AND NOT c.oid = ANY ((SELECT extconfig FROM pg_extension WHERE extname = 'pgclinical')::oid[])
ORDER BY 1;

DROP VIEW functions, members;
