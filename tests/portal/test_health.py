import pytest
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from intake import tasks
from portal import health


@pytest.fixture(autouse=True)
def _not_asked_before(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


@pytest.fixture
def worker_lives(monkeypatch):
    monkeypatch.setattr(tasks, "keeps_up", lambda now: True)


@pytest.fixture
def database_down():
    def refuse(execute, sql, params, many, context):
        raise OperationalError("the database is down")

    with connection.execute_wrapper(refuse):
        yield


def test_alive_without_asking_the_database(client):
    # The database may not be touched here: there is no `django_db` mark.
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_lives")
def test_ready(client):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "migrations": "ok", "worker": "ok"}
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.usefixtures("database_down")
def test_not_ready_without_the_database(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "degraded"
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_lives")
def test_not_ready_before_every_migration_is_applied(client, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(MigrationExecutor, "migration_plan", lambda self, targets: [("portal", "0002")])
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"database": "ok", "migrations": "degraded", "worker": "ok"}
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_a_worker_that_is_behind_is_told_and_the_pages_stay(client, monkeypatch):
    monkeypatch.setattr(tasks, "keeps_up", lambda now: False)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["worker"] == "degraded"


@pytest.mark.django_db
@pytest.mark.usefixtures("worker_lives")
def test_asking_again_costs_one_query(client, django_assert_num_queries):
    client.get("/readyz")
    with django_assert_num_queries(1):
        client.get("/readyz")
