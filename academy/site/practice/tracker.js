// The tracker's interface, as docs/structure.md describes it. Every answer comes back as a plain fact; none is thrown.

/** Who is here: {there: true, signedIn, name, csrf}, {there: false} without a tracker, {away: true} without a network. */
export async function readSession() {
  const answer = await ask("/api/session");
  if (answer.away) return { there: true, away: true };
  if (!answer.body || typeof answer.body.signed_in !== "boolean") return { there: false };
  return { there: true, signedIn: answer.body.signed_in, name: answer.body.name, csrf: answer.body.csrf };
}

// A notebook that was sent and got no answer may have arrived. Sent again with the same key, it is stored once.
let unanswered = null;

/** Hand in a notebook: {id, results} if it was stored, else {status, message} or {away: true}. */
export async function submit(lesson, notebook, csrf) {
  if (unanswered?.notebook !== notebook) unanswered = { notebook, key: newKey() };
  const headers = { "Content-Type": "application/x-ipynb+json", "X-CSRFToken": csrf, "Idempotency-Key": unanswered.key };
  const answer = await ask(`/api/lessons/${lesson}/submissions`, { method: "POST", headers, body: notebook });
  if (answer.away) return answer;
  unanswered = null;
  if (answer.status === 201 && answer.body) return { id: answer.body.id, results: answer.body.results };
  return { status: answer.status, message: answer.body?.message ?? null };
}

/** How far the grading is: the tracker's own answer, or {away: true}. */
export async function readSubmission(id) {
  const answer = await ask(`/api/submissions/${id}`);
  return answer.status === 200 && answer.body ? answer.body : { away: true };
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...options });
  } catch {
    return { away: true };
  }
  // A gateway that finds no server behind it is the same as no network.
  if ([502, 503, 504].includes(response.status)) return { away: true };
  try {
    return { status: response.status, body: await response.json() };
  } catch {
    return { status: response.status, body: null };
  }
}
