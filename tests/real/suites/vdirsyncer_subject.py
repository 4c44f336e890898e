"""Tells vdirsyncer's own storage tests where the server under test is."""

import os

import pytest


class ServerMixin:
    @pytest.fixture
    def get_storage_args(self, request, tmpdir, slow_create_collection, aio_connector):
        async def inner(collection="test"):
            arguments = {
                "url": os.environ["DAV_URL"],
                "username": os.environ["USER1"],
                "password": os.environ["PASS1"],
                "connector": aio_connector,
            }
            if collection is None:
                return arguments
            return await slow_create_collection(self.storage_class, arguments, collection)

        return inner
