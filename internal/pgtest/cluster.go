// Package pgtest starts throw-away PostgreSQL servers for tests and
// measurements. It needs PostgreSQL's binaries on this machine, or a server
// named by HANDSEL_TEST_DATABASE_URL.
package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	_ "github.com/lib/pq" // the driver "postgres"

	"github.com/handsel-dev/handsel/internal/testport"
)

// ErrNoPostgres says how to get a PostgreSQL that tests can use.
var ErrNoPostgres = errors.New("no PostgreSQL found: install it (Debian: apt-get install postgresql), put initdb on the PATH, or set HANDSEL_TEST_DATABASE_URL to a server where databases may be created")

const startTimeout = 60 * time.Second

// Options of a cluster.
type Options struct {
	// Dir is where the cluster lives; it is made if need be and removed by Close.
	// Empty means a new folder for temporary files.
	Dir string
	// Unsafe switches off what only matters when the machine crashes (fsync) or when a
	// database is large or old, so that tests are fast. Measurements leave it on.
	Unsafe bool
}

// Cluster is a running server. It ends when Close is called or, whatever
// happens, when the process that started it ends.
type Cluster struct {
	admin string    // URL of a database that always exists
	dir   string    // where its socket is; empty for a server that is not ours
	hold  io.Closer // the watchdog's standard input; nil for a server that is not ours
	done  chan struct{}
	names atomic.Int64
}

// Start makes and starts a cluster, or uses HANDSEL_TEST_DATABASE_URL if set.
func Start(ctx context.Context, o Options) (*Cluster, error) {
	if admin := os.Getenv("HANDSEL_TEST_DATABASE_URL"); admin != "" {
		return &Cluster{admin: admin}, nil
	}
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := makeDir(o.Dir, who)
	if err != nil {
		return nil, err
	}
	c, err := start(ctx, o, bin, dir, who)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

func start(ctx context.Context, o Options, bin, dir string, who *account) (*Cluster, error) {
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata", filepath.Join(dir, "data"), "--username", "handsel",
		"--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, who.attributes()
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := testport.Free()
	if err != nil {
		return nil, err
	}
	c := &Cluster{admin: fmt.Sprintf("postgres://handsel@127.0.0.1:%d/postgres?sslmode=disable", port), dir: dir, done: make(chan struct{})}
	if err := c.run(bin, dir, who, settings(o, dir, port)); err != nil {
		return nil, err
	}
	if err := c.await(ctx); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return nil, errors.Join(fmt.Errorf("postgres did not start: %w: %s", err, log), c.Close())
	}
	return c, nil
}

// watchdog runs the server as a child, waits until its own standard input ends,
// which happens at the latest when the process that started it is gone, then
// stops the child by its id and removes the folder.
const watchdog = `dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null & pid=$!
while read -r _; do :; done
kill -INT "$pid" 2>/dev/null; wait "$pid"
rm -rf "$dir/data" "$dir/log"; cd /; rmdir "$dir" 2>/dev/null`

func (c *Cluster) run(bin, dir string, who *account, settings []string) error {
	args := append([]string{"-c", watchdog, "watchdog", dir, filepath.Join(bin, "postgres")}, settings...)
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.SysProcAttr = dir, who.attributes()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.hold = stdin
	go func() {
		_ = cmd.Wait() // how a stopped server ends is of no interest
		_ = os.RemoveAll(dir)
		close(c.done)
	}()
	return nil
}

func settings(o Options, dir string, port int) []string {
	values := map[string]string{
		"listen_addresses": "127.0.0.1", "port": strconv.Itoa(port), "unix_socket_directories": dir,
		"max_connections": "300", "shared_buffers": "256MB", "max_wal_size": "4GB", "log_min_messages": "fatal",
	}
	if o.Unsafe {
		values["fsync"], values["synchronous_commit"], values["full_page_writes"] = "off", "off", "off"
		values["autovacuum"], values["jit"], values["wal_level"], values["max_wal_senders"] = "off", "off", "minimal", "0"
		// The first five runs of a statement would be planned for their values, each: in tests
		// that is most of what the server does.
		values["plan_cache_mode"] = "force_generic_plan"
	}
	args := []string{"-D", filepath.Join(dir, "data")}
	for name, value := range values {
		args = append(args, "-c", name+"="+value)
	}
	return args
}

func (c *Cluster) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	db, err := sql.Open("postgres", c.admin)
	if err != nil {
		return err
	}
	defer db.Close()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-c.done:
			return err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// NewDatabase creates an empty database and returns its URL.
func (c *Cluster) NewDatabase(ctx context.Context) (string, error) { return c.create(ctx, "template0") }

// copyOf creates a database like another one, to which nobody is connected.
func (c *Cluster) copyOf(ctx context.Context, address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	return c.create(ctx, strings.TrimPrefix(u.Path, "/"))
}

func (c *Cluster) create(ctx context.Context, template string) (string, error) {
	db, err := sql.Open("postgres", c.admin)
	if err != nil {
		return "", err
	}
	defer db.Close()
	name := fmt.Sprintf("handsel_%d_%d", os.Getpid(), c.names.Add(1))
	if _, err := db.ExecContext(ctx, "drop database if exists "+name); err != nil {
		return "", fmt.Errorf("drop database %s: %w", name, err)
	}
	if err := Create(ctx, db, name, template); err != nil {
		return "", err
	}
	u, err := url.Parse(c.admin)
	if err != nil {
		return "", errors.New("HANDSEL_TEST_DATABASE_URL is not a URL")
	}
	u.Path = "/" + name
	return u.String(), nil
}

// copying: a server that need not survive a crash copies a template's files in a third of the
// time that it takes to write them to its log, too.
const copying = `select case when current_setting('server_version_num')::int >= 150000 and current_setting('fsync') = 'off'
	then ' strategy file_copy' else '' end`

// Create makes a database like a template, to which nobody is connected. The names are plain
// identifiers; db is connected to another database of the server.
func Create(ctx context.Context, db *sql.DB, name, template string) error {
	var how string
	if err := db.QueryRowContext(ctx, copying).Scan(&how); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	if _, err := db.ExecContext(ctx, "create database "+name+" template "+template+how); err != nil {
		return fmt.Errorf("create database %s: %w", name, err)
	}
	return nil
}

// Close stops the server and removes its files. A server that was not started
// here is left alone.
func (c *Cluster) Close() error {
	if c.hold == nil {
		return nil
	}
	err := c.hold.Close()
	<-c.done
	return err
}

func findBinaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // fails for malformed patterns only
	if len(found) == 0 {
		return "", ErrNoPostgres
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(newest), nil
}

func version(initdb string) int {
	n, _ := strconv.Atoi(strings.Split(initdb, "/")[4])
	return n
}
