// Package sflowtest makes datagrams of sFlow v5 for tests and measurements. It is for
// tests only and refuses to be an agent: nothing is sent, and no product code imports
// it.
package sflowtest
