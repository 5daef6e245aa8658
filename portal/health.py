"""What load balancers and whoever is on call ask."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from intake import tasks

OK = "ok"
DEGRADED = "degraded"

# Reading the migrations takes long, and in one process they are not undone: once applied is enough.
_migrated = False


@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process lives. Without the database the emergency pages must still be served."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 with database and migrations, else 503; a worker that is behind doesn't take the pages away."""
    database = database_state()
    report = {
        "database": database,
        "migrations": migrations_state() if database == OK else DEGRADED,
        "worker": worker_state() if database == OK else DEGRADED,
    }
    ready = report["database"] == report["migrations"] == OK
    return JsonResponse(report, status=200 if ready else 503)


def database_state() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return DEGRADED
    return OK


def migrations_state() -> str:
    global _migrated
    if not _migrated:
        try:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return DEGRADED
    return OK if _migrated else DEGRADED


def worker_state() -> str:
    """Whether a worker that sends messages lives and keeps up."""
    try:
        return OK if tasks.keeps_up(timezone.now()) else DEGRADED
    except DatabaseError:
        return DEGRADED
