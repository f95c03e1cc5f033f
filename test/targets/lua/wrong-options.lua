-- Options of the plain-Lua client, each refused with what it says here.
return {
  { { will = { topic = "a", payload = "b", retain = 1 } }, "option 'will.retain' must be true or false" },
  { { will = "hello" }, "option 'will' must be a table" },
  { { will = {} }, "option 'will.topic' must be a string" },
  { { will = { topic = "a/#", payload = "b" } }, "option 'will.topic' must be a topic" },
  { { will = { topic = "", payload = "b" } }, "option 'will.topic' must be a topic" },
  { { will = { topic = "a", payload = "b", qos = 1.5 } }, "option 'will.qos' must be an integer" },
  { { will = { topic = "a", payload = "b", qos = 3 } }, "will's qos must be 0, 1 or 2" },
  { { keep_alive = 1.5 }, "option 'keep_alive' must be an integer" },
  { { receive = 100.5 }, "option 'receive' must be an integer" },
  { { outbox = 0 / 0 }, "option 'outbox' must be an integer" },
  { { control = 1e300 }, "option 'control' must be an integer" },
  { { seed = "1" }, "option 'seed' must be an integer" },
  { { port = 99999 }, "option 'port' must be 1 to 65535" },
  { { port = 0 }, "option 'port' must be 1 to 65535" },
  { { "a" }, "option '1' is unknown" },
}
