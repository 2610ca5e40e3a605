"""The way from ``requests`` to our connections, which can be ended from outside."""

from __future__ import annotations

from typing import Any

import urllib3
from requests.adapters import HTTPAdapter

from jupyter_containerize.transport.interruption import POOLS


class PatientAdapter(HTTPAdapter):
    """Opens connections that ``waiting`` knows. It repeats nothing: whoever asks does, since the wait can be long."""

    def __init__(self) -> None:
        super().__init__(max_retries=urllib3.Retry(0, read=False))

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        """Return the pools of connections through a proxy; those through SOCKS are as they come."""
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        if isinstance(manager, urllib3.ProxyManager) and not proxy.lower().startswith("socks"):
            manager.pool_classes_by_scheme = POOLS
        return manager
