// Puts queries to an endpoint with JavaScript clients, as tests/test_clients.py asks for.
// Standard input: {"endpoint": address, "jobs": [{"client", "kind", "query"}, ...]}; kind is SELECT, CONSTRUCT or ASK.
// Standard output: for each job {"rows": [...]}, {"triples": [...]}, {"boolean": ...} or {"error": message}.
import { text } from "node:stream/consumers";
import { QueryEngine } from "@comunica/query-sparql";
import { SparqlEndpointFetcher } from "fetch-sparql-endpoint";

const { endpoint, jobs } = JSON.parse(await text(process.stdin));
const engine = new QueryEngine();
const fetcher = new SparqlEndpointFetcher();

const triple = ({ subject, predicate, object }) => [subject, predicate, object].map((term) => term.value);

async function collected(stream, change) {
  const found = [];
  for await (const item of stream) found.push(change(item));
  return found;
}

const clients = {
  // Given nothing but the address: Comunica reads the service description to find that it is a SPARQL endpoint.
  comunica: {
    SELECT: async (query) => {
      const row = (bindings) => Object.fromEntries([...bindings].map(([name, term]) => [name.value, term.value]));
      return { rows: (await (await engine.queryBindings(query, { sources: [endpoint] })).toArray()).map(row) };
    },
    CONSTRUCT: async (query) => ({
      triples: (await (await engine.queryQuads(query, { sources: [endpoint] })).toArray()).map(triple),
    }),
    ASK: async (query) => ({ boolean: await engine.queryBoolean(query, { sources: [endpoint] }) }),
  },
  "fetch-sparql-endpoint": {
    SELECT: async (query) => {
      const row = (bindings) => Object.fromEntries(Object.entries(bindings).map(([name, term]) => [name, term.value]));
      return { rows: await collected(await fetcher.fetchBindings(endpoint, query), row) };
    },
    CONSTRUCT: async (query) => ({ triples: await collected(await fetcher.fetchTriples(endpoint, query), triple) }),
    ASK: async (query) => ({ boolean: await fetcher.fetchAsk(endpoint, query) }),
  },
};

const results = [];
for (const { client, kind, query } of jobs) {
  try {
    results.push(await clients[client][kind](query));
  } catch (error) {
    results.push({ error: String(error.message ?? error) });
  }
}
process.stdout.write(JSON.stringify(results));
