package nfdumptest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/noroshi-acd/noroshi/flow/nfdump/nfdumptest"
)

func TestBare(t *testing.T) {
	log := strings.Join([]string{"#separator \\x09", "#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\tconn_state\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes",
		"5.5\tCsecret\t2001:db8::1\t9\t192.0.2.2\t443\ttcp\tssl\t1.25\tSF\t3\t200\t4\t900", "6\tC2\t192.0.2.1\t9\t192.0.2.2\t53\tudp\t-\t-\tS0\t1\t60\t-\t-"}, "\n")
	want := "ts,td,sa,da,sp,dp,pr,ipkt,ibyt,opkt,obyt\n5.5,1.250,2001:db8::1,192.0.2.2,9,443,tcp,3,200,4,900\n6,0.000,192.0.2.1,192.0.2.2,9,53,udp,1,60,0,0\n"
	var out strings.Builder
	if err := nfdumptest.Bare(&out, strings.NewReader(log)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error("-want +got", d)
	}
	for _, bad := range []string{"no head", "#fields\tts\tduration\n1\tlong"} {
		if err := nfdumptest.Bare(&out, strings.NewReader(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
