/**
 * A server that counts its requests, under PM2: three times the same, choose one by its name.
 *
 *   pm2 start ecosystem.config.cjs --only counter     attach(), in PM2's fork mode
 *   curl localhost:3000                               1, 2, 3…
 *   kill -9 $(pm2 pid counter)                        rescues.log tells of it, PM2 starts it again: 4, 5…
 *   pm2 reload counter                                ends it in peace, and it goes on as well
 *   pm2 delete counter
 *
 * `counters` is two instances in PM2's cluster mode, each with an autosave of its own: a reload refuses no request.
 * `started` is a guardian that PM2 starts, and that starts the app.
 */
const PORT = process.env.PORT ?? '3000';
// The app sends 'ready' when it listens, and has so many milliseconds to begin and to end.
const shared = { wait_ready: true, listen_timeout: 30_000, kill_timeout: 3000, env: { PORT } };
// PM2 ends the app alone. By default it ends the guardian with an app that has not ended in time, and nothing is rescued.
const attached = { ...shared, script: `${__dirname}/attached.mjs`, treekill: false };

module.exports = {
  apps: [
    { ...attached, name: 'counter' },
    { ...attached, name: 'counters', exec_mode: 'cluster', instances: 2 },
    // Here PM2 ends both: a guardian that is killed leaves its app alive.
    { ...shared, name: 'started', script: `${__dirname}/started.mjs` },
  ],
};
