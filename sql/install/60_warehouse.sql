-- warehouse: the tables of a warehouse, an ordinary schema owned by who makes it
--
-- A warehouse is found by its schema alone (no registry): pg_dump, RENAME and GRANT work on it as
-- on any schema.  Functions that work in one set search_path to it themselves, below pg_catalog,
-- so that their statements read like SQL and not like format strings.

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.patient_types()
RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1
BEGIN ATOMIC
    -- R4 CompartmentDefinition/patient, and the types that may name a patient without being in it.
    SELECT pg_catalog.string_to_array(
        'Account AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic'
        ' BiologicallyDerivedProduct BodyStructure CarePlan CareTeam ChargeItem Claim ClaimResponse'
        ' ClinicalImpression Communication CommunicationRequest Composition Condition Consent'
        ' Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue'
        ' Device DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest'
        ' DocumentReference Encounter EnrollmentRequest EnrollmentResponse EpisodeOfCare'
        ' ExplanationOfBenefit FamilyMemberHistory Flag Goal Group GuidanceResponse ImagingStudy'
        ' Immunization ImmunizationEvaluation ImmunizationRecommendation Invoice List MeasureReport'
        ' Media MedicationAdministration MedicationDispense MedicationRequest MedicationStatement'
        ' MolecularSequence NutritionOrder Observation Patient PaymentNotice Person Procedure'
        ' Provenance QuestionnaireResponse RelatedPerson RequestGroup ResearchSubject'
        ' RiskAssessment Schedule ServiceRequest Specimen SupplyDelivery SupplyRequest Task'
        ' VisionPrescription', ' ');
END;

COMMENT ON FUNCTION _pgclinical.patient_types() IS
'the R4 resource types that can belong to a patient: each has a leaf of its own; all others live in the table directory';

REVOKE ALL ON FUNCTION _pgclinical.patient_types() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.patient_types() TO pgclinical_etl, pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.leaf_name(resource_type text)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1
RETURN pg_catalog.lower(pg_catalog.regexp_replace(resource_type, '([a-z])([A-Z])', '\1_\2', 'g'));

COMMENT ON FUNCTION _pgclinical.leaf_name(text) IS
'the table of a resource type: AllergyIntolerance lives in allergy_intolerance';

REVOKE ALL ON FUNCTION _pgclinical.leaf_name(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.leaf_name(text) TO pgclinical_etl, pgclinical_releaser;

-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.is_warehouse(warehouse text)
RETURNS boolean
LANGUAGE sql STABLE STRICT PARALLEL SAFE COST 100
BEGIN ATOMIC
    SELECT pg_catalog.count(*) OPERATOR(pg_catalog.=) 3
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n
        ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
    WHERE n.nspname OPERATOR(pg_catalog.=) warehouse::name
      AND c.relname OPERATOR(pg_catalog.=) ANY (ARRAY['schema_version', 'record', 'resource']::name[]);
END;

COMMENT ON FUNCTION _pgclinical.is_warehouse(text) IS
'true when a schema of this name has the tables of a warehouse';

REVOKE ALL ON FUNCTION _pgclinical.is_warehouse(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.is_warehouse(text)
TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;

-- The answer to every wrong name: called first by what works in a warehouse.  It gives the
-- search_path that such a function then sets for itself.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.warehouse_path(warehouse text)
RETURNS text
LANGUAGE plpgsql STABLE CALLED ON NULL INPUT PARALLEL SAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF warehouse IS NULL OR NOT _pgclinical.is_warehouse(warehouse) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name',
            MESSAGE = format('warehouse "%s" does not exist', coalesce(warehouse, 'NULL')),
            HINT = 'Make one with SELECT pgclinical.create_warehouse(name).';
    -- Without it a search_path finds nothing there, and every table would be called missing.
    ELSIF NOT has_schema_privilege(warehouse, 'USAGE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('permission denied for schema %I', warehouse);
    END IF;
    RETURN format('%I, pg_temp', warehouse);
END $$;

COMMENT ON FUNCTION _pgclinical.warehouse_path(text) IS
'search_path for work in this warehouse (pg_catalog still comes first); 3F000 when there is none of that name, 42501 when the caller has no USAGE on it';

REVOKE ALL ON FUNCTION _pgclinical.warehouse_path(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.warehouse_path(text)
TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;

-- What comes in: feeds, their files, runs over them, batches of work, records as they came.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.create_arrival_tables(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM set_config('search_path', format('%I, pg_temp', warehouse), true);

    CREATE TABLE schema_version (
        version   text PRIMARY KEY,
        installed timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE schema_version IS
    'versions of pgclinical that made or upgraded the tables of this warehouse';

    CREATE TABLE feed (
        feed    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name    text NOT NULL UNIQUE,
        server  text NOT NULL,
        path    text NOT NULL,
        format  text NOT NULL,
        options jsonb NOT NULL DEFAULT '{}',
        created timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON TABLE feed IS 'where records come from: files on a server, in one format';

    CREATE TABLE run (
        run         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed        bigint REFERENCES feed,
        kind        text NOT NULL DEFAULT 'run' CHECK (kind IN ('run', 'replay')),
        state       text NOT NULL DEFAULT 'running'
                    CHECK (state IN ('running', 'done', 'failed', 'abandoned')),
        by          name NOT NULL DEFAULT current_user,
        workers     int NOT NULL DEFAULT 1,
        started     timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended       timestamptz,
        files       bigint NOT NULL DEFAULT 0,
        bytes       bigint NOT NULL DEFAULT 0,
        records     bigint NOT NULL DEFAULT 0,
        loaded      bigint NOT NULL DEFAULT 0,
        unchanged   bigint NOT NULL DEFAULT 0,
        quarantined bigint NOT NULL DEFAULT 0,
        parked      bigint NOT NULL DEFAULT 0,
        resumed     bigint NOT NULL DEFAULT 0,
        resources   bigint NOT NULL DEFAULT 0,
        issues      bigint NOT NULL DEFAULT 0,
        rate        numeric,
        lag         interval,
        newest      timestamptz,
        sqlstate    text
    );
    COMMENT ON TABLE run IS
    'one call of pgclinical.run or replay: counts of records read (loaded, unchanged: seen before, quarantined), rows parked and resumed, resources written; records a second (rate) and now less the newest event (lag)';

    CREATE TABLE batch (
        batch       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed        bigint NOT NULL REFERENCES feed,
        run         bigint REFERENCES run,
        state       text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'running', 'done', 'split')),
        attempts    int NOT NULL DEFAULT 0,
        files       bigint[] NOT NULL,
        offsets     bigint[] NOT NULL,
        lengths     bigint[] NOT NULL,
        slice       int NOT NULL DEFAULT 0,
        slices      int NOT NULL DEFAULT 1,
        envelope    bigint[],
        started     timestamptz,
        ended       timestamptz,
        records     bigint NOT NULL DEFAULT 0,
        loaded      bigint NOT NULL DEFAULT 0,
        unchanged   bigint NOT NULL DEFAULT 0,
        quarantined bigint NOT NULL DEFAULT 0,
        parked      bigint NOT NULL DEFAULT 0,
        resumed     bigint NOT NULL DEFAULT 0,
        resources   bigint NOT NULL DEFAULT 0,
        issues      bigint NOT NULL DEFAULT 0,
        newest      timestamptz,
        sqlstate    text
    );
    CREATE INDEX ON batch (batch) WHERE state IN ('ready', 'running');
    CREATE INDEX ON batch (run);
    COMMENT ON TABLE batch IS
    'unit of work: byte ranges of files, of them one slice of so many by patient, one transaction; envelope: what HL7 batch headers before the first range have opened; attempts are committed before the work, its rows and its state with it; one that ends its session again and again is split';

    CREATE TABLE file (
        file        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        feed        bigint NOT NULL REFERENCES feed,
        name        text NOT NULL,
        size        bigint NOT NULL,
        modified    timestamptz NOT NULL,
        planned     bigint NOT NULL DEFAULT 0,
        loaded      bigint NOT NULL DEFAULT 0,
        records     bigint NOT NULL DEFAULT 0,
        last_record bigint NOT NULL DEFAULT 0,
        envelope    bigint[],
        fingerprint bytea,
        state       text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'done', 'missing')),
        first_seen  timestamptz NOT NULL DEFAULT now(),
        UNIQUE (feed, name)
    );
    CREATE INDEX ON file (file) WHERE planned < size;
    COMMENT ON TABLE file IS
    'a file of a feed: bytes given to batches (planned; envelope: the HL7 batch headers open there) and committed with their records (loaded); a file whose name, size and time are unchanged is not read again';

    CREATE SEQUENCE record_number CACHE 100;
    CREATE TABLE record (
        record      bigint NOT NULL DEFAULT nextval('record_number'),
        feed        bigint NOT NULL,
        file        bigint NOT NULL,
        byte_offset bigint NOT NULL,
        ordinal     int NOT NULL,
        received    timestamptz NOT NULL DEFAULT now(),
        format      text NOT NULL,
        sha256      bytea NOT NULL,
        raw         bytea COMPRESSION lz4 NOT NULL,
        PRIMARY KEY (record, received)
    ) PARTITION BY RANGE (received);
    ALTER SEQUENCE record_number OWNED BY record.record;
    CREATE TABLE record_default PARTITION OF record DEFAULT;
    COMMENT ON TABLE record IS
    'every record as it came, byte for byte, with its place (file, byte, ordinal in its batch of the file) and SHA-256';

    CREATE TABLE record_key (
        feed     bigint NOT NULL,
        key_hash bytea NOT NULL,
        sha256   bytea NOT NULL,
        record   bigint NOT NULL,
        PRIMARY KEY (feed, key_hash, sha256)
    );
    COMMENT ON TABLE record_key IS
    'what has been loaded: hash of a record''s natural key (of its bytes when it has none) and of its bytes';

    CREATE TABLE issue (
        issue       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        record      bigint NOT NULL,
        feed        bigint NOT NULL,
        severity    text NOT NULL,
        code        text NOT NULL,
        format_code text,
        location    text,
        expression  text,
        message     text,
        first_seen  timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ON issue (record);
    COMMENT ON TABLE issue IS
    'findings about records that were used all the same; a replay of the record replaces its findings';

    CREATE TABLE quarantine (
        quarantine  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        record      bigint NOT NULL,
        feed        bigint NOT NULL,
        reason      text NOT NULL CHECK (reason IN (
                        'malformed', 'encoding', 'count-mismatch', 'unsupported-type', 'missing-key',
                        'validation-error', 'unmapped-code', 'unit-dimension',
                        'unresolved-reference', 'multiple-matches', 'stale-version', 'conflict',
                        'terminology-missing', 'internal')),
        state       text NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'retrying', 'resolved', 'discarded')),
        sqlstate    text,
        format_code text,
        location    text,
        message     text,
        attempts    int NOT NULL DEFAULT 1,
        first_seen  timestamptz NOT NULL DEFAULT now(),
        last_tried  timestamptz NOT NULL DEFAULT now(),
        ended       timestamptz,
        ended_by    name,
        note        text
    );
    CREATE UNIQUE INDEX ON quarantine (record) WHERE state IN ('open', 'retrying');
    CREATE INDEX ON quarantine (reason) WHERE state IN ('open', 'retrying');
    COMMENT ON TABLE quarantine IS
    'records that could not be used, by a closed list of reasons; the bytes are in record, and pgclinical.replay tries them again';
END $$;

COMMENT ON FUNCTION _pgclinical.create_arrival_tables(text) IS
'makes the tables of what comes in: feed, run, batch, file, record, record_key, issue, quarantine';

REVOKE ALL ON FUNCTION _pgclinical.create_arrival_tables(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.create_arrival_tables(text) TO pgclinical_etl;

-- What is known: live resources by type, and beside them everything that is not live.
-- Availability: 0.1.0
CREATE FUNCTION _pgclinical.create_resource_tables(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    type text;
    leaf text;
BEGIN
    PERFORM set_config('search_path', format('%I, pg_temp', warehouse), true);

    CREATE TABLE resource (
        resource_type text COLLATE "C" NOT NULL,
        id            text COLLATE "C" NOT NULL,
        patient_id    text COLLATE "C" NOT NULL,
        version       int NOT NULL DEFAULT 1,
        event_time    timestamptz,
        recorded_at   timestamptz NOT NULL DEFAULT now(),
        record        bigint,
        hash          bytea NOT NULL,
        resource      jsonb COMPRESSION lz4 NOT NULL
    ) PARTITION BY LIST (resource_type);
    COMMENT ON TABLE resource IS
    'the live FHIR resources of patients, one row each, a table per type; event_time and record are those of the statement that last changed it';

    FOREACH type IN ARRAY _pgclinical.patient_types() LOOP
        leaf := _pgclinical.leaf_name(type);
        EXECUTE format('CREATE TABLE %I PARTITION OF resource (UNIQUE (patient_id, id))'
                       ' FOR VALUES IN (%L)', leaf, type);
        EXECUTE format('COMMENT ON TABLE %I IS %L', leaf, 'live ' || type || ' resources');
    END LOOP;
    ALTER TABLE patient ADD UNIQUE (patient_id);
    -- Everything else may be said of a patient before its demographics come; a visit may not.
    ALTER TABLE encounter ADD FOREIGN KEY (patient_id) REFERENCES patient (patient_id);

    CREATE TABLE directory (
        resource_type text COLLATE "C" NOT NULL,
        id            text COLLATE "C" NOT NULL,
        version       int NOT NULL DEFAULT 1,
        event_time    timestamptz,
        recorded_at   timestamptz NOT NULL DEFAULT now(),
        record        bigint,
        hash          bytea NOT NULL,
        resource      jsonb COMPRESSION lz4 NOT NULL,
        PRIMARY KEY (resource_type, id)
    );
    COMMENT ON TABLE directory IS
    'live resources outside any patient: organizations, practitioners, locations, medications';

    CREATE TABLE resource_history (
        patient_id    text COLLATE "C" NOT NULL,
        resource_type text COLLATE "C" NOT NULL,
        id            text COLLATE "C" NOT NULL,
        version       int NOT NULL,
        event_time    timestamptz,
        recorded_at   timestamptz NOT NULL,
        superseded_at timestamptz NOT NULL DEFAULT now(),
        record        bigint,
        hash          bytea NOT NULL,
        resource      jsonb COMPRESSION lz4 NOT NULL,
        PRIMARY KEY (patient_id, resource_type, id, version)
    );
    COMMENT ON TABLE resource_history IS
    'versions of resources that were live once, until superseded_at (patient_id is empty for those of the directory)';

    CREATE TABLE resource_source (
        patient_id    text COLLATE "C" NOT NULL,
        resource_type text COLLATE "C" NOT NULL,
        id            text COLLATE "C" NOT NULL,
        record        bigint NOT NULL,
        ordinal       int NOT NULL,
        feed          bigint NOT NULL,
        event_time    timestamptz,
        tie           bytea NOT NULL,
        deleted       boolean NOT NULL DEFAULT false,
        list          text COLLATE "C",
        cleared       text[],
        resource      jsonb COMPRESSION lz4,
        PRIMARY KEY (patient_id, resource_type, id, record, ordinal)
    );
    COMMENT ON TABLE resource_source IS
    'what each record said about a resource, as far as it still counts; the live row is the fold of these by (event_time, tie), so the order of arrival does not matter; list: the list within the patient that it is a member of (Condition?encounter=Encounter/...), where that is not its type; resource is NULL where the live row itself is what was said';

    CREATE TABLE source_snapshot (
        patient_id    text COLLATE "C" NOT NULL,
        list          text COLLATE "C" NOT NULL,
        feed          bigint NOT NULL,
        event_time    timestamptz,
        tie           bytea NOT NULL,
        record        bigint NOT NULL,
        PRIMARY KEY (patient_id, list, feed)
    );
    COMMENT ON TABLE source_snapshot IS
    'the newest statement of a patient''s whole list by a feed (of a type, of the diagnoses of a visit, * for everything): what that feed said before and did not restate no longer counts';

    CREATE TABLE tombstone (
        patient_id    text COLLATE "C" NOT NULL,
        resource_type text COLLATE "C" NOT NULL,
        id            text COLLATE "C" NOT NULL,
        version       int NOT NULL,
        event_time    timestamptz,
        deleted_at    timestamptz NOT NULL DEFAULT now(),
        record        bigint,
        PRIMARY KEY (patient_id, resource_type, id)
    );
    COMMENT ON TABLE tombstone IS
    'resources that were live and are no longer: deleted by their source (event_time: when that was said), or left out of a list that states them all (NULL: source_snapshot has its time)';

    CREATE TABLE parked (
        parked        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        patient_id    text COLLATE "C" NOT NULL,
        resource_type text COLLATE "C" NOT NULL,
        id            text COLLATE "C" NOT NULL,
        missing       text NOT NULL,
        parents       text[] NOT NULL,
        record        bigint NOT NULL,
        ordinal       int NOT NULL,
        feed          bigint NOT NULL,
        event_time    timestamptz,
        tie           bytea NOT NULL,
        cleared       text[],
        resource      jsonb COMPRESSION lz4 NOT NULL,
        parked_at     timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ON parked (patient_id);
    COMMENT ON TABLE parked IS
    'statements about resources that wait for a parent (missing: the first reference that is not live); they resume by themselves when it comes';

    CREATE VIEW stub WITH (security_invoker) AS
    SELECT split_part(missing, '/', 1) AS resource_type, split_part(missing, '/', 2) AS id,
           patient_id, count(*) AS waiting, min(parked_at) AS since
    FROM parked GROUP BY missing, patient_id;
    COMMENT ON VIEW stub IS
    'resources that others refer to and that have not arrived, with the number of statements waiting for each';

    CREATE TABLE identity (
        patient_id text COLLATE "C" PRIMARY KEY,
        person_id  text COLLATE "C" NOT NULL,
        first_seen timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX ON identity (person_id);
    COMMENT ON TABLE identity IS
    'every patient_id ever seen and the person it stands for: the survivor of merges, else the smallest patient_id that is linked to it';

    CREATE TABLE identity_link (
        identity_link bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        patient_id    text COLLATE "C" NOT NULL,
        other         text COLLATE "C" NOT NULL,
        rule          text NOT NULL,
        event_time    timestamptz,
        tie           bytea NOT NULL,
        record        bigint,
        linked_at     timestamptz NOT NULL DEFAULT now(),
        undone_at     timestamptz,
        undone_by     name,
        UNIQUE (patient_id, other, rule)
    );
    CREATE INDEX ON identity_link (other);
    CREATE INDEX ON identity_link (rule) WHERE undone_at IS NOT NULL;
    COMMENT ON TABLE identity_link IS
    'why two patient_ids are one person (merge: patient_id survives, other was merged into it); a link that was undone stays undone';
END $$;

COMMENT ON FUNCTION _pgclinical.create_resource_tables(text) IS
'makes the tables of what is known: resource and its leaves, directory, history, sources, tombstones, parked rows, identity';

REVOKE ALL ON FUNCTION _pgclinical.create_resource_tables(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.create_resource_tables(text) TO pgclinical_etl;
