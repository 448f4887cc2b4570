//! What survives power loss: records and counters on NOR flash.
