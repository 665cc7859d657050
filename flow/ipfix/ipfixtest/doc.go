// Package ipfixtest makes exports of flows for tests and measurements: datagrams of
// NetFlow v5, v9 and IPFIX with the flow records that they stand for. It is for tests
// only and refuses to be an exporter: nothing is sent, and no product code imports it.
package ipfixtest
