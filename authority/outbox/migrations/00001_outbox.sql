-- +goose Up
-- Acts that were checked and are on their way into the log: what is to be recorded, under
-- which key, and what follows once it is.
CREATE TABLE outbox_row (
	desk TEXT NOT NULL,
	number BIGINT NOT NULL,
	entries BYTEA NOT NULL,
	change BYTEA NOT NULL,
	PRIMARY KEY (desk, number)
);
