-- +goose Up
-- Each paper of oversight, at its place in the log of decisions; due is by when it is to
-- be answered, 0 when nothing is owed or it was answered.
CREATE TABLE register_paper (
	digest TEXT PRIMARY KEY,
	class TEXT NOT NULL,
	place BIGINT NOT NULL,
	at BIGINT NOT NULL,
	about TEXT NOT NULL,
	id TEXT NOT NULL,
	due BIGINT NOT NULL,
	follows TEXT NOT NULL,
	state TEXT NOT NULL,
	body BYTEA NOT NULL
);
CREATE INDEX register_paper_class ON register_paper (class, place);
CREATE INDEX register_paper_due ON register_paper (due);
CREATE INDEX register_paper_follows ON register_paper (follows);
