package report

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// Machine is where a run took place. What cannot be found out is "unknown" or 0.
type Machine struct {
	CPU       string  `json:"cpu"`
	Cores     int     `json:"cores"`
	MemoryMiB int64   `json:"memory_mib"`
	OS        string  `json:"os"`
	Kernel    string  `json:"kernel"`
	Go        string  `json:"go"`
	Arch      string  `json:"arch"`
	Commit    string  `json:"commit"`
	Changed   bool    `json:"changed"` // there were changes beyond the commit
	Load      float64 `json:"load"`    // mean of runnable processes in the minute before the run
}

// Describe looks at this machine and at the repository in root.
func Describe(root string) Machine {
	m := Machine{
		CPU: field("/proc/cpuinfo", "model name", ":"), Cores: runtime.NumCPU(), OS: strings.Trim(field("/etc/os-release", "PRETTY_NAME", "="), `"`),
		Kernel: first("/proc/sys/kernel/osrelease"), Go: runtime.Version(), Arch: runtime.GOOS + "/" + runtime.GOARCH, Commit: "unknown",
	}
	if kb, _, ok := strings.Cut(field("/proc/meminfo", "MemTotal", ":"), " "); ok {
		n, _ := strconv.ParseInt(kb, 10, 64)
		m.MemoryMiB = n >> 10
	}
	m.Load, _ = strconv.ParseFloat(first("/proc/loadavg"), 64)
	git := func(args ...string) string {
		out, _ := exec.Command("git", append([]string{"-C", root}, args...)...).Output()
		return strings.TrimSpace(string(out))
	}
	if c := git("rev-parse", "--short=12", "HEAD"); c != "" {
		m.Commit, m.Changed = c, git("status", "--porcelain", "--untracked-files=no") != ""
	}
	return m
}

// first gives the first word of a file.
func first(path string) string {
	text, _ := os.ReadFile(filepath.Clean(path))
	if w := strings.Fields(string(text)); len(w) > 0 {
		return w[0]
	}
	return "unknown"
}

// field gives the value after name and the separator in a file of such lines.
func field(path, name, separator string) string {
	text, _ := os.ReadFile(filepath.Clean(path))
	for l := range strings.Lines(string(text)) {
		if k, v, ok := strings.Cut(l, separator); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func (m *Machine) markdown(b *bytes.Buffer) {
	commit := m.Commit
	if m.Changed {
		commit += " with changes"
	}
	fmt.Fprintf(b, "Machine: %s, %d cores, %.1f GiB, %s (kernel %s, %s), %s, commit %s. Load in the minute before: %.2f",
		line(m.CPU), m.Cores, float64(m.MemoryMiB)/1024, line(m.OS), line(m.Kernel), m.Arch, m.Go, commit, m.Load)
	if m.Load > 0.5 {
		b.WriteString(" (**the machine was not idle: times are upper bounds**)")
	}
	b.WriteString(".\n\n")
}
