// Package sqlstore keeps everything in SQLite or PostgreSQL. It is the only
// package with SQL and implements every storage port. Commits are written in
// groups: see Apply.
package sqlstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/handsel-dev/handsel/internal/secretbox"
	"github.com/handsel-dev/handsel/migrations"
)

// Options of a store. The zero value is right for production.
type Options struct {
	// Writers is how many batches are written at the same time on PostgreSQL;
	// 2 by default. SQLite has one writer.
	Writers int
	// BatchSize is the most commits in one batch; 64 by default, 1 switches
	// grouping off.
	BatchSize int
	// QueueLength is how many commits may be in progress before Apply makes its
	// callers wait to get in; 4096 by default.
	QueueLength int
	// IDBlock is how many ids are taken at once; 1000 by default.
	IDBlock int64
	// MaxConns bounds the connections to PostgreSQL, 20 by default, and those
	// that read SQLite.
	MaxConns int
	// Portable writes each commit with plain statements, for databases that speak
	// PostgreSQL's protocol but not its whole SQL. CockroachDB switches it on by itself.
	Portable bool
	// NoMigrations leaves the schema alone: Open fails if it is not up to date.
	NoMigrations bool
	// AdsRest is how old a list of public ads may be where reading them takes long; 5 s
	// by default, less than zero: they are read for every list.
	AdsRest time.Duration
	// Existing opens what is there and changes nothing of it at first: a path without a
	// database, a foreign and an older one are refused.
	Existing bool
	// SealKeys seal copies of what is secret; the first one seals, all open. Empty: a
	// key that lives in the database.
	SealKeys []secretbox.Key
	// Patience is how long one statement may take on PostgreSQL before it is given
	// up and its session dropped; 10 s by default, less than zero: no bound, for
	// commands that read everything. Migrations have no bound.
	Patience time.Duration
	// Now is real time, as this machine's clock has it, for lanes, seals and bounds;
	// default time.Now.
	Now func() time.Time
	// RealTime tells real time, which ids follow; default time.Now.
	RealTime func() time.Time
	// NewToken makes the random number that tells a commit from all others.
	NewToken func() int64
}

func (o Options) withDefaults() Options {
	o.Writers = cmp.Or(o.Writers, 2)
	o.BatchSize = cmp.Or(o.BatchSize, 64)
	o.QueueLength = cmp.Or(o.QueueLength, 4096)
	o.IDBlock = cmp.Or(o.IDBlock, 1000)
	o.AdsRest = cmp.Or(o.AdsRest, 5*time.Second)
	o.MaxConns = cmp.Or(o.MaxConns, 20)
	o.Patience = max(cmp.Or(o.Patience, 10*time.Second), 0)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.RealTime == nil {
		o.RealTime = time.Now
	}
	if o.NewToken == nil {
		o.NewToken = randomToken
	}
	return o
}

func randomToken() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the program instead
	return int64(binary.NativeEndian.Uint64(b[:]))
}

func randomBytes(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.Read(b) // never fails: crypto/rand aborts the program instead
	return b
}

// ErrSchema is a database whose schema is not the one that this binary needs.
var ErrSchema = errors.New("the database schema is not up to date: run handsel migrate")

// database is what every store of one database stands on: pools, writers and clock.
type database struct {
	dialect   migrations.Dialect
	read      *sqlx.DB
	write     *sqlx.DB // the same as read on PostgreSQL; one connection on SQLite
	strangers *sqlx.DB // a small pool for public's statements
	commits   *sqlx.DB // for the group's writers alone, so that nothing else keeps them waiting
	reads     *statements
	writes    *statements
	public    *statements // of what strangers read: a few sessions that nothing else waits for
	books     books
	group     *group
	health    health
	clock     clock
	sessions  *sessions // nil on SQLite
	ids       ids
	stats     *counters
	newToken  func() int64
	now       func() time.Time
	acts      acts
	skip      string // ends the choice of rows that are claimed
	address   string // of PostgreSQL, for a listener's connection of its own

	held   atomic.Pointer[map[int64]string] // communities on hold
	looked atomic.Int64                     // the round of seals that was looked at last

	sealKeys []secretbox.Key
	boxing   sync.Mutex
	box      *secretbox.Box // made when first needed
}

// Open opens a database by its URL: a file path, "sqlite:path" or
// "postgres://…", which may name several hosts, or libpq's key=value settings. The schema is brought up to date
// first. No error holds the URL, since it may hold a password.
func Open(ctx context.Context, databaseURL string, o Options) (*DB, error) {
	o = o.withDefaults()
	if scheme := schemeOf(databaseURL); o.Existing && !isPostgres(databaseURL) && (scheme == "" || scheme == "sqlite") {
		if err := existing(ctx, strings.TrimPrefix(databaseURL, "sqlite:")); err != nil {
			return nil, err
		}
	}
	db, err := connect(databaseURL, o)
	if err != nil {
		return nil, Malformed{err}
	}
	if err := db.start(ctx, o); err != nil {
		return nil, errors.Join(err, db.closePools())
	}
	return on(db), nil
}

// Malformed is an error of [Open] about a database URL that names no database: another one has to be written.
type Malformed struct{ error }

func connect(databaseURL string, o Options) (*database, error) {
	db := &database{stats: &counters{}, newToken: o.NewToken, now: o.Now, ids: ids{size: o.IDBlock, now: o.RealTime}, sealKeys: o.SealKeys, health: health{now: o.Now}, books: books{now: time.Now, longest: o.AdsRest}}
	db.acts.lane = db.newLane(true)
	scheme, _, _ := strings.Cut(databaseURL, "://")
	var err error
	switch {
	case databaseURL == "":
		return nil, errors.New("the database URL is empty: give a file path or postgres://…")
	case isPostgres(databaseURL):
		err = db.connectPostgres(databaseURL, o)
	case scheme != databaseURL, schemeOf(databaseURL) != "" && schemeOf(databaseURL) != "sqlite":
		return nil, errors.New("unknown scheme of the database URL; use a file path, sqlite:path or postgres://…")
	default:
		err = db.connectSQLite(strings.TrimPrefix(databaseURL, "sqlite:"), o)
	}
	if err != nil {
		return nil, err
	}
	db.reads, db.writes, db.public = newStatements(db.read, db.dialect), newStatements(db.write, db.dialect), newStatements(db.strangers, db.dialect)
	return db, nil
}

// The busy timeout comes first, because setting the others may have to wait.
const (
	sqliteCommon = "_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=foreign_keys(1)"
	sqliteWrite  = sqliteCommon + "&_pragma=synchronous(full)&_txlock=immediate"
	sqliteRead   = sqliteCommon + "&_pragma=query_only(1)"
)

func (db *database) connectSQLite(path string, o Options) error {
	if path == "" || strings.Contains(path, ":memory:") {
		return errors.New("SQLite needs a file, so that several connections see the same data")
	}
	if err := private(path); err != nil {
		return err
	}
	file := "file:" + (&url.URL{Path: path}).EscapedPath() + "?"
	write, err := sqlx.Open("sqlite", file+sqliteWrite)
	if err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	write.SetMaxOpenConns(1)
	read, err := sqlx.Open("sqlite", file+sqliteRead)
	if err != nil {
		return errors.Join(fmt.Errorf("open SQLite: %w", err), write.Close())
	}
	read.SetMaxOpenConns(o.MaxConns)
	read.SetMaxIdleConns(o.MaxConns)
	strangers, err := sqlx.Open("sqlite", file+sqliteRead)
	if err != nil {
		return errors.Join(fmt.Errorf("open SQLite: %w", err), write.Close(), read.Close())
	}
	strangers.SetMaxOpenConns(publicConns)
	strangers.SetMaxIdleConns(publicConns)
	db.dialect, db.read, db.write, db.commits, db.strangers = migrations.SQLite, read, write, write, strangers
	return nil
}

func (db *database) start(ctx context.Context, o Options) error {
	if err := db.greet(ctx); err != nil {
		return fmt.Errorf("connect to the database: %w", explained(err))
	}
	if err := db.refusePooler(ctx); err != nil {
		return err
	}
	newest, err := notNewer(ctx, db.dialect, db.write)
	if err != nil {
		return err
	}
	if err := db.migrate(ctx, o, newest); err != nil {
		return err
	}
	writers, err := db.writersFor(ctx, o)
	if err != nil {
		return err
	}
	db.group = newGroup(context.WithoutCancel(ctx), writers, o)
	return nil
}

// Of several processes that open a new SQLite file together one makes it a file with a
// write-ahead log. To the others SQLite says at once that it is busy, whatever its timeout.
const (
	greetEvery = 20 * time.Millisecond
	greetFor   = 10 * time.Second
)

// greet connects for the first time.
func (db *database) greet(ctx context.Context) error {
	waiting, stop := context.WithTimeout(ctx, greetFor)
	defer stop()
	for {
		err := db.write.PingContext(ctx)
		if !fileBusy(err) {
			return err
		}
		select {
		case <-time.After(greetEvery):
		case <-waiting.Done():
			return err
		}
	}
}

// migrate brings the schema up to date. Most starts find it so, and need no sessions for it.
func (db *database) migrate(ctx context.Context, o Options, newest bool) error {
	if o.Existing {
		return known(ctx, db.dialect, db.read)
	}
	if newest {
		return nil
	}
	if !o.NoMigrations {
		return db.migrateUp(ctx)
	}
	current, target, err := migrations.Versions(ctx, db.write.DB, db.dialect)
	if err != nil {
		return err
	}
	if current < target {
		return fmt.Errorf("%w: it is at version %d and must be at %d", ErrSchema, current, target)
	}
	return nil
}

func (db *database) writersFor(ctx context.Context, o Options) ([]writer, error) {
	if db.dialect == migrations.SQLite {
		return []writer{&sqliteWriter{db.commits, db.writes, db.stats, db.newLane(false)}}, prepareScript(ctx, db.writes, setMark, undoMark, dropMark)
	}
	portable, err := db.needsPortable(ctx)
	if err != nil {
		return nil, err
	}
	writers := make([]writer, o.Writers)
	if portable || o.Portable {
		for i := range writers {
			writers[i] = &scriptWriter{db.write, db.writes, db.stats, o.bounds(), db.newLane(false)}
		}
		return writers, prepareScript(ctx, db.writes)
	}
	for i := range writers {
		writers[i] = &postgresWriter{db: db.commits, stats: db.stats, bounds: o.bounds(), lane: db.newLane(false)}
	}
	return writers, nil
}

// needsPortable reports whether the server refuses a statement that changes one
// table in two places, as CockroachDB does by default.
func (db *database) needsPortable(ctx context.Context) (bool, error) {
	var version string
	if err := db.read.GetContext(ctx, &version, `select version()`); err != nil {
		return false, fmt.Errorf("ask for the server's version: %w", err)
	}
	return strings.Contains(version, "CockroachDB"), nil
}

// Ping reports whether the database answers.
func (db *database) Ping(ctx context.Context) error {
	if err := db.read.PingContext(ctx); err != nil {
		return unavailable(fmt.Errorf("ping the database: %w", err))
	}
	return nil
}

// Close writes what is queued, but waits a few seconds at most, then ends all
// connections. Apply answers ErrClosed from then on.
func (db *database) Close() error {
	db.group.close()
	return db.closePools()
}

func (db *database) closePools() error {
	var errs []error
	var closed []*sqlx.DB
	for _, pool := range []*sqlx.DB{db.commits, db.strangers, db.write, db.read} {
		if !slices.Contains(closed, pool) {
			closed, errs = append(closed, pool), append(errs, pool.Close())
		}
	}
	return errors.Join(errs...)
}
