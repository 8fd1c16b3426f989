package pgtest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/handsel-dev/handsel/internal/testport"
)

// ErrNoPooler says how to get a pooler that tests can use.
var ErrNoPooler = errors.New("no PgBouncer found: install it (Debian: apt-get install pgbouncer)")

// Pooler starts a PgBouncer in front of the database of a URL, in a mode of its
// setting pool_mode, and returns the URL of the database behind it. It ends with
// the test. Without PgBouncer the test fails.
func Pooler(t CleanTB, databaseURL, mode string) string {
	t.Helper()
	pooled, err := startPooler(t, databaseURL, mode)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return pooled
}

func startPooler(t CleanTB, databaseURL, mode string) (string, error) {
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		if bin = "/usr/sbin/pgbouncer"; !isFile(bin) {
			return "", ErrNoPooler
		}
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		return "", err
	}
	port, err := testport.Free()
	if err != nil {
		return "", err
	}
	who, err := serverUser()
	if err != nil {
		return "", err
	}
	dir, err := makeDir("", who)
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := fmt.Sprintf("[databases]\n* = host=%s port=%s user=%s\n[pgbouncer]\nlisten_addr=127.0.0.1\nlisten_port=%d\nauth_type=any\npool_mode=%s\ndefault_pool_size=50\nunix_socket_dir=\n",
		u.Hostname(), u.Port(), u.User.Username(), port, mode)
	file := filepath.Join(dir, "pooler.ini")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(t.Context(), bin, file)
	cmd.Dir, cmd.SysProcAttr = dir, who.attributes()
	if err := cmd.Start(); err != nil {
		return "", err
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // killed by the end of the test's context
	u.Host = fmt.Sprintf("127.0.0.1:%d", port)
	return u.String(), awaitPort(u.Host)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func awaitPort(address string) error {
	for deadline := time.Now().Add(startTimeout); ; {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
		<-time.After(20 * time.Millisecond)
	}
}
