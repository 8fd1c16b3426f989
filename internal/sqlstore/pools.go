package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq/pqerror"

	"github.com/handsel-dev/handsel/migrations"
)

// publicConns is how many sessions strangers share.
const publicConns = 2

// errPooler is a pooler between us and PostgreSQL that gives our statements to
// other sessions than ours.
var errPooler = errors.New("between Handsel and PostgreSQL is a pooler in transaction mode, but prepared statements, LISTEN and the lock of migrations belong to a session: " +
	"set pool_mode=session for this database in the pooler (PgBouncer), or name PostgreSQL itself in HANDSEL_DATABASE_URL; Handsel keeps a small pool of its own")

func (db *database) connectPostgres(databaseURL string, o Options) error {
	address, err := postgresAddress(databaseURL)
	if err != nil {
		return err
	}
	db.address = address
	from, err := newSessions(db.address, o.Patience)
	if err != nil {
		return errPostgresURL
	}
	pool := postgresPool(from, max(o.MaxConns-o.Writers-publicConns, 2))
	db.dialect, db.sessions, db.read, db.write, db.skip = migrations.Postgres, from, pool, pool, skipLocked
	db.strangers = postgresPool(from, publicConns)
	db.commits = postgresPool(from, o.Writers+1) // one for the question whether they could write
	return nil
}

func postgresPool(from *sessions, size int) *sqlx.DB {
	pool := sqlx.NewDb(sql.OpenDB(from), "postgres")
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	pool.SetConnMaxLifetime(time.Hour) // so that a new load balancer is noticed
	return pool
}

// refusePooler finds out whether two of our sessions share one of the server.
func (db *database) refusePooler(ctx context.Context) error {
	if db.dialect != migrations.Postgres {
		return nil
	}
	first, err := db.write.Connx(ctx)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer first.Close()
	second, err := db.write.Connx(ctx)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer second.Close()
	ids := make([]int64, 2)
	for i, session := range []*sqlx.Conn{first, second} {
		if err := session.GetContext(ctx, &ids[i], `select pg_backend_pid()`); err != nil {
			return pooled(fmt.Errorf("ask for the session's id: %w", err))
		}
	}
	if ids[0] == ids[1] && ids[0] != 0 {
		return errPooler
	}
	return nil
}

// pooled explains an error that only a pooler causes.
func pooled(err error) error {
	switch sqlState(err) {
	case pqerror.DuplicatePstatement, pqerror.InvalidSQLStatementName:
		return fmt.Errorf("%w (%w)", errPooler, err)
	}
	return err
}

// migrateUp brings the schema up to date. A step may take long on a large table,
// so it has sessions of its own, without a bound but its context's.
func (db *database) migrateUp(ctx context.Context) (err error) {
	if db.dialect != migrations.Postgres {
		return migrations.Up(ctx, db.write.DB, db.dialect)
	}
	from, err := newSessions(db.address, 0)
	if err != nil {
		return err
	}
	pool := postgresPool(from, 2)
	defer func() { err = errors.Join(err, pool.Close()) }()
	return pooled(migrations.Up(ctx, pool.DB, db.dialect))
}
