"""The demonstration: a whole trading day of fictional companies on real patents, over HTTP, on real parts."""
