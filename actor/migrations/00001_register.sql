-- +goose Up
CREATE TABLE actor_body (
	id TEXT PRIMARY KEY,
	jurisdiction TEXT NOT NULL,
	name_en TEXT NOT NULL,
	name_ja TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	CHECK (since <= until)
);
CREATE TABLE actor_person (
	id TEXT PRIMARY KEY,
	name_en TEXT NOT NULL,
	name_ja TEXT NOT NULL
);
CREATE TABLE actor_duty (
	number BIGINT PRIMARY KEY,
	body TEXT NOT NULL REFERENCES actor_body (id),
	person TEXT NOT NULL REFERENCES actor_person (id),
	role TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	act TEXT NOT NULL,
	CHECK (since <= until)
);
CREATE INDEX actor_duty_person ON actor_duty (person);
CREATE INDEX actor_duty_role ON actor_duty (role);
CREATE TABLE actor_training (
	number BIGINT PRIMARY KEY,
	person TEXT NOT NULL REFERENCES actor_person (id),
	training TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	act TEXT NOT NULL,
	CHECK (since < until)
);
CREATE INDEX actor_training_person ON actor_training (person);
CREATE TABLE actor_need (
	role TEXT NOT NULL,
	training TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	PRIMARY KEY (role, training, since)
);
CREATE TABLE actor_lock (
	instrument TEXT NOT NULL,
	role TEXT NOT NULL,
	PRIMARY KEY (instrument, role)
);
CREATE TABLE actor_change (
	number BIGINT PRIMARY KEY,
	recorded BIGINT NOT NULL,
	recorder TEXT NOT NULL,
	kind TEXT NOT NULL,
	body TEXT NOT NULL,
	person TEXT NOT NULL,
	what TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT NOT NULL,
	act TEXT NOT NULL
);
CREATE INDEX actor_change_person ON actor_change (person);
