"""Tables whose rows are only ever added: no way of the ORM changes or deletes one."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.db import models


class AppendOnly(Exception):
    """A row that is only ever added was to be changed or deleted."""


class AppendOnlyQuerySet(models.QuerySet):
    """Reads and adds. Rows of what is purged go with it, by the database's own cascade."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(f"Rows of {self.model._meta.label} are only ever added.")

    update = delete = bulk_update = update_or_create = _refuse

    def bulk_create(
        self,
        objs: Iterable[Any],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        *args: Any,
        **kwargs: Any,
    ) -> list[Any]:
        if update_conflicts:
            self._refuse()
        return super().bulk_create(objs, batch_size, ignore_conflicts)


class AppendOnlyModel(models.Model):
    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True
        # What Django itself goes by, from a row to its table, refuses as well.
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(f"Rows of {self._meta.label} are only ever added.")
        # As an insert: with the number of a row that is there, it would be an update.
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnly(f"Rows of {self._meta.label} are only ever added.")
