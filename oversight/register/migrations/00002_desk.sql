-- +goose Up
-- Which papers the desk of applications has recorded of itself: errors with their clocks,
-- which the register takes over as they stand in the log.
ALTER TABLE register_paper ADD COLUMN desk BIGINT NOT NULL DEFAULT 0;
