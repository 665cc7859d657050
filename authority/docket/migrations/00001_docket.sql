-- +goose Up
-- One application each; record is what the desk knows of it, the other columns are
-- what it is looked for by.
CREATE TABLE docket_application (
	digest TEXT PRIMARY KEY,
	id TEXT NOT NULL,
	place BIGINT NOT NULL,
	stage TEXT NOT NULL,
	instrument TEXT NOT NULL,
	path TEXT NOT NULL,
	body TEXT NOT NULL,
	matter TEXT NOT NULL,
	chain TEXT NOT NULL,
	received BIGINT NOT NULL,
	due BIGINT NOT NULL,
	confirm BIGINT NOT NULL,
	ordered TEXT NOT NULL,
	urged TEXT NOT NULL,
	ends BIGINT NOT NULL,
	record TEXT NOT NULL
);
CREATE INDEX docket_application_stage ON docket_application (stage, received);
CREATE INDEX docket_application_place ON docket_application (place);
CREATE INDEX docket_application_chain ON docket_application (chain);
CREATE INDEX docket_application_ordered ON docket_application (ordered);
CREATE INDEX docket_application_urged ON docket_application (urged);
CREATE INDEX docket_application_due ON docket_application (due);
CREATE INDEX docket_application_ends ON docket_application (ends);
CREATE INDEX docket_application_id ON docket_application (id);

-- Each paper about an application, at its place in the log of decisions.
CREATE TABLE docket_paper (
	digest TEXT NOT NULL,
	application TEXT NOT NULL,
	class TEXT NOT NULL,
	place BIGINT NOT NULL,
	at BIGINT NOT NULL,
	body BYTEA NOT NULL,
	PRIMARY KEY (application, digest, class)
);
CREATE INDEX docket_paper_digest ON docket_paper (digest);

-- The conditions that decided applications were about, for precedents.
CREATE TABLE docket_precedent (
	instrument TEXT NOT NULL,
	condition TEXT NOT NULL,
	decided BIGINT NOT NULL,
	application TEXT NOT NULL,
	outcome TEXT NOT NULL,
	PRIMARY KEY (instrument, condition, decided, application)
);

